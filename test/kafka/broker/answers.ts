import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;
const ANSWER_TIMEOUT_MS = 1_000;
/** Size; then api key 18 (ApiVersions), version 0, correlation id 1, client id "test". */
const API_VERSIONS = Buffer.from('0000000e00120000000000010004', 'hex');
const REQUEST = Buffer.concat([API_VERSIONS, Buffer.from('test')]);

/** Resolves when a broker on 127.0.0.1 answers ApiVersions. Rejects when `signal` aborts, or `check` throws between two tries. */
export async function answersApiVersions(port: number, check: () => void, signal: AbortSignal): Promise<void> {
  while (!(await answers(port))) {
    check();
    await delay(POLL_MS, undefined, { signal });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: ANSWER_TIMEOUT_MS }, () => socket.write(REQUEST));
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('data', (data) => settle(data.length > 4));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
