/** What names a request that carries data out, by program: the pattern that is reported for its flag. */
const CURL_FLAGS: ReadonlyMap<string, string> = new Map([
  ['-d', 'curl -d'],
  ['-F', 'curl -F'],
  ['-T', 'curl -T'],
  ['--json', 'curl -d'],
  ['--upload-file', 'curl -T'],
]);
const WGET_PREFIXES = ['--post', '--body', '--method'];
const READING_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);
const NAMED_METHODS = new Set(['PUT', 'PATCH', 'DELETE']);

/** The suspicious pattern that a flag of a program stands for, or undefined. */
export function sendingFlag(program: string, flag: string): string | undefined {
  if (program === 'curl') return CURL_FLAGS.get(flag) ?? longCurlFlag(flag);
  if (!program.startsWith('wget')) return undefined;
  return WGET_PREFIXES.some((prefix) => flag.startsWith(prefix)) ? 'wget --post' : undefined;
}

/** curl takes any unambiguous beginning of a long flag. */
function longCurlFlag(flag: string): string | undefined {
  if (flag.startsWith('--da')) return 'curl -d';
  if (flag.startsWith('--form')) return 'curl -F';
  return flag.startsWith('--up') ? 'curl -T' : undefined;
}

/** The pattern for the method that a program was told to use; a method that is not known counts as POST. */
export function sendingMethod(program: string, method: string): string | undefined {
  const name = method.toUpperCase();
  if (program !== 'curl' || READING_METHODS.has(name)) return undefined;
  return NAMED_METHODS.has(name) ? `curl -X ${name}` : 'curl -X POST';
}
