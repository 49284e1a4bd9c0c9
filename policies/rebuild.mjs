// Runs the tests of every policy of this directory, builds it anew, and holds it against the bundle that is committed under dist/.
//   node policies/rebuild.mjs           compare; exit 1 when one differs, or fails a test
//   node policies/rebuild.mjs --write   replace the committed bundles
// Needs OPA of the version below on the PATH, or Go, which then installs it. Where there is neither it says so and exits
// 0: the check was skipped, not passed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** The compiler is part of the result: another version makes other bytes. */
const OPA_VERSION = '1.22.0';
const POLICIES = [
  { name: 'agent-guard', entrypoint: 'agent/decision' },
  { name: 'tool-acl', entrypoint: 'tools/deny' },
  { name: 'first', entrypoint: 'first/decision' },
  { name: 'house', entrypoint: 'house/decision' },
];
const HERE = dirname(fileURLToPath(import.meta.url));
/** Where Go installs opa for this check: out of the tree's way, kept from one run to the next. */
const TOOLS = join(HERE, '..', 'node_modules', '.cache', 'tollgate');

function run(command, args, cwd) {
  return spawnSync(command, args, { cwd, encoding: 'utf8' });
}

function versionOf(opa) {
  return /^Version: (.*)$/m.exec(run(opa, ['version']).stdout ?? '')?.[1];
}

/** An opa of the version that built the bundles: on the PATH, where Go puts programs, or installed now by Go. */
function findOpa() {
  const goPath = run('go', ['env', 'GOPATH']).stdout?.trim();
  const installed = join(TOOLS, 'opa');
  const candidates = ['opa', installed, ...(goPath ? [join(goPath, 'bin', 'opa')] : [])];
  const found = candidates.find((command) => versionOf(command) === OPA_VERSION);
  if (found !== undefined || !goPath) return found;
  console.error(`installing OPA ${OPA_VERSION} from its Go module (some minutes, once)`);
  const args = ['install', `github.com/open-policy-agent/opa@v${OPA_VERSION}`];
  const result = spawnSync('go', args, { encoding: 'utf8', env: { ...process.env, GOBIN: TOOLS } });
  if (result.status !== 0) console.error(result.stderr);
  return versionOf(installed) === OPA_VERSION ? installed : undefined;
}

function build(opa, { name, entrypoint }, outFile) {
  const args = ['build', '-t', 'wasm', '--ignore', '*_test.rego', '-e', entrypoint, '-o', outFile, '-b', '.'];
  const built = run(opa, args, join(HERE, name));
  if (built.status !== 0) throw new Error(`${name}: opa build failed\n${built.stderr}`);
}

/** Whether its own tests pass; true where it has none. */
function isTested(opa, { name }) {
  if (!readdirSync(join(HERE, name)).some((file) => file.endsWith('_test.rego'))) return true;
  const tested = run(opa, ['test', '-b', '.'], join(HERE, name));
  if (tested.status !== 0) console.error(tested.stdout, tested.stderr);
  return tested.status === 0;
}

/** The archive inside: gzip itself may differ from one version to the next. */
function archiveOf(file) {
  return existsSync(file) ? gunzipSync(readFileSync(file)) : Buffer.alloc(0);
}

function check(opa, write) {
  const scratch = mkdtempSync(join(tmpdir(), 'tollgate-policies-'));
  const changed = write ? 'written' : 'DIFFERS from policies/dist';
  let different = 0;
  let failed = 0;
  try {
    for (const policy of POLICIES) {
      const built = join(scratch, `${policy.name}.tar.gz`);
      const committed = join(HERE, 'dist', `${policy.name}.tar.gz`);
      const passed = isTested(opa, policy);
      if (!passed) failed++;
      build(opa, policy, built);
      const same = archiveOf(built).equals(archiveOf(committed));
      if (!same && write) writeFileSync(committed, readFileSync(built));
      if (!same && !write) different++;
      console.error(`${policy.name}: ${same ? 'unchanged' : changed}${passed ? '' : ', and FAILS its tests'}`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  if (different > 0) console.error('run `node policies/rebuild.mjs --write` and commit the bundles');
  return different + failed === 0 ? 0 : 1;
}

function main() {
  const opa = findOpa();
  if (opa === undefined) {
    console.error(
      `SKIPPED: policies/dist was NOT checked, there is no OPA ${OPA_VERSION} and no Go that can install it`,
    );
    return 0;
  }
  return check(opa, process.argv.includes('--write'));
}

process.exitCode = main();
