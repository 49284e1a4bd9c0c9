import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { printError } from '../../../src/cli/print-error.ts';
import { stopSignal } from '../../../src/cli/stop-signal.ts';
import { openTerminal } from '../../../src/cli/terminal.ts';
import { TollgateError } from '../../../src/domain/errors.ts';
import { chooseBroker } from '../broker/choose-broker.ts';
import { runDemo } from './run-demo.ts';

/**
 * `npm run demo:kafka`: the demo through a real broker, the one that the tests would take. Compile with
 * `tsc -p test/kafka/demo`, then `node dist-bench/test/kafka/demo/demo-kafka.js`. Ends with 4 where no broker can be had.
 */
const terminal = openTerminal(process);
const stop = stopSignal();
try {
  const { shared, stop: stopBroker } = await chooseBroker(terminal.env);
  if (shared.kind === 'none') {
    throw new TollgateError('broker_unreachable', 'there is no Kafka broker for the demo', { next: shared.reason });
  }
  const { brokers, from } = shared;
  terminal.err.write(`Kafka for the demo: ${brokers.join(',')} (${from})\n`);
  try {
    await runDemo({ brokers, isOurs: from !== 'environment', terminal, signal: stop.signal });
  } finally {
    await stopBroker();
  }
} catch (thrown) {
  const error = stop.signal.aborted
    ? new TollgateError('aborted', 'the demo was stopped before its end', { cause: thrown })
    : TollgateError.from(thrown);
  printError(terminal.err, error);
  process.exitCode = exitCodeOf(error);
} finally {
  stop.release();
}
