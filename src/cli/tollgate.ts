#!/usr/bin/env node
import { EXIT } from './exit-codes.ts';
import { runCli } from './program.ts';
import { openTerminal } from './terminal.ts';

// Whoever reads our output may have seen enough (`tollgate … | head`): that is no fault of anyone.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.done);
});

process.exitCode = await runCli(process.argv.slice(2), openTerminal(process));
