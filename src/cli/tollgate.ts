#!/usr/bin/env node
import { EXIT } from './exit-codes.ts';
import { runCli } from './program.ts';
import { openTerminal } from './terminal.ts';

/** What closes by itself after a command has this long to do it, and then as long again while output is on its way. */
const LINGER_MS = 500;

// Whoever reads our output may have seen enough (`tollgate … | head`): that is no fault of anyone.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.done);
});

process.exitCode = await runCli(process.argv.slice(2), openTerminal(process));

// Whatever command it was, it is over. kafkajs goes on with tries that it has begun, for minutes where something listens that
// never answers, and nothing stops them: they must not keep the process. Output that is still on its way may.
setInterval(() => {
  if (process.stdout.writableLength === 0) process.exit();
}, LINGER_MS).unref();
