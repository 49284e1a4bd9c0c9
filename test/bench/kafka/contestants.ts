import type { OpaServer } from './opa-server.ts';
import type { OutputSizes } from './output-sizes.ts';
import type { Place } from './place.ts';
import { startTask } from './program.ts';
import { startTollgate } from './tollgate-config.ts';
import type { Contestant } from './turn.ts';

/** The built program. */
export function tollgate(lanes: 1 | 2): Contestant {
  const title = `Tollgate, ${lanes === 1 ? 'one lane' : 'two lanes'}`;
  return { name: `tollgate-${lanes}`, title, start: (place) => startTollgate(place, lanes) };
}

/** (a) Our client, fetcher and transactions, nothing judged. */
export function passthrough(sizes: OutputSizes): Contestant {
  const start = (place: Place) => startTask('passthrough', { place, sizes });
  return { name: 'passthrough', title: '(a) passthrough: our client, nothing judged', start };
}

/** (b) kafkajs as it is installed, nothing judged. */
export function stockPassthrough(sizes: OutputSizes): Contestant {
  const start = (place: Place) => startTask('stock-passthrough', { place, sizes });
  return { name: 'stock', title: '(b) stock passthrough: unmodified kafkajs, nothing judged', start };
}

/** (c) OPA's SDK in the consumer's thread; no transaction, no state. */
export function byTheBook(): Contestant {
  const start = (place: Place) => startTask('by-the-book', { place });
  return { name: 'book', title: '(c) by the book: kafkajs and the OPA SDK, no transaction, no state', start };
}

/** (d) The same consumer, asking an OPA server with so many questions at a time. */
export function opaServer({ port, path, pid }: OpaServer, concurrency: number): Contestant {
  const start = (place: Place) => startTask('by-the-book', { place, server: { port, path, concurrency } });
  const title = `(d) OPA server: the same over HTTP keep-alive, ${concurrency} at a time`;
  return { name: 'opa-server', title, start, servantPid: pid };
}
