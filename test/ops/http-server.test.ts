import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { type HttpOptions, serveHttp } from '../../src/ops/http-server.ts';
import { Operations } from '../../src/ops/operations.ts';
import { SILENT } from '../pipeline/given.ts';
import { LISTING } from './given.ts';
import { parsePrometheus, sampleOf } from './prometheus-text.ts';

let closing: AbortController[] = [];
afterEach(() => {
  for (const controller of closing) controller.abort();
  closing = [];
});

async function served(operations = new Operations(), changes: Partial<HttpOptions> = {}) {
  const controller = new AbortController();
  closing.push(controller);
  const { signal } = controller;
  const options = { host: '127.0.0.1', port: 0, configPath: 'tollgate.yaml', operations, logger: SILENT, signal };
  const url = await serveHttp({ ...options, ...changes });
  return { url, controller, port: Number(new URL(url).port) };
}

function ready(): Operations {
  const operations = new Operations();
  operations.policiesLoaded(LISTING);
  operations.assigned([0]);
  operations.running(0, 12);
  return operations;
}

/** What comes back for these bytes, until the server ends the connection. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

describe('the HTTP server', () => {
  it('says that the process is alive, and whether it is ready, with reasons', async () => {
    const operations = new Operations();
    const { url } = await served(operations);
    const healthy = await fetch(`${url}/healthz`);
    expect([healthy.status, await healthy.json()]).toEqual([200, { status: 'ok' }]);
    const early = await fetch(`${url}/readyz`);
    const reasons = ['policies are not loaded yet', 'no partitions are assigned yet'];
    expect([early.status, await early.json()]).toEqual([503, { status: 'not_ready', reasons }]);
    operations.policiesLoaded(LISTING);
    operations.assigned([3]);
    operations.running(3, 0);
    const later = await fetch(`${url}/readyz`);
    expect([later.status, await later.json()]).toEqual([200, { status: 'ready' }]);
  });

  it('says that the process is failing, and why', async () => {
    const operations = ready();
    operations.failing(new TollgateError('commit_failed', 'disk full'));
    const { url } = await served(operations);
    const answer = await fetch(`${url}/healthz`);
    const body = { status: 'failing', reasons: ['commit_failed: disk full'] };
    expect([answer.status, await answer.json()]).toEqual([503, body]);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });

  it('gives metrics as Prometheus text', async () => {
    const { url } = await served(ready());
    const answer = await fetch(`${url}/metrics?x=1`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(sampleOf(parsePrometheus(await answer.text()), 'tollgate_sessions')).toBe(12);
  });

  it('lists the policies once they are loaded', async () => {
    const early = await served();
    expect((await fetch(`${early.url}/v1/policies`)).status).toBe(503);
    const { url } = await served(ready());
    expect(await (await fetch(`${url}/v1/policies`)).json()).toEqual(LISTING);
  });

  it.each<readonly [string, string, number]>([
    ['GET', '/', 404],
    ['GET', '/metrics/', 404],
    ['GET', '/../etc/passwd', 404],
    ['GET', '/healthz%00', 404],
    ['GET', '/__proto__', 404],
    ['POST', '/nowhere', 404],
    ['POST', '/metrics', 405],
    ['DELETE', '/v1/policies', 405],
    ['OPTIONS', '/healthz', 405],
    ['HEAD', '/healthz', 200],
    ['HEAD', '/metrics', 200],
    ['HEAD', '/nowhere', 404],
  ])('answers %s %s with %i', async (method, path, status) => {
    const { url } = await served(ready());
    const answer = await fetch(`${url}${path}`, { method });
    const text = await answer.text();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null);
    if (method === 'HEAD') {
      expect(text).toBe('');
      expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0);
    } else if (status !== 200) {
      expect(JSON.parse(text)).toEqual({ error: expect.any(String) });
    }
  });

  it.each<readonly [string, string, RegExp]>([
    ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['headers without end', `GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['a bad target', 'GET http://[::1 HTTP/1.0\r\n\r\n', /^HTTP\/1\.1 404 /],
    ['a body', 'POST /healthz HTTP/1.0\r\ncontent-length: 3\r\n\r\nabc', /^HTTP\/1\.1 405 /],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na',
      /^HTTP\/1\.1 400 /,
    ],
    ['a tunnel', 'CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n', /^$/],
    ['another protocol', 'GET /healthz HTTP/1.0\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n', /^HTTP\/1\.1 200 /],
    ['nothing', '', /^$/],
  ])('survives a connection with %s', async (_, bytes, expected) => {
    const { url, port } = await served(ready());
    expect(await raw(port, bytes)).toMatch(expected);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('answers 500, and goes on, when it cannot make an answer', async () => {
    const operations = ready();
    operations.metrics.render = () => Promise.reject(new Error('no'));
    const { url } = await served(operations);
    expect((await fetch(`${url}/metrics`)).status).toBe(500);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('refuses a port that is taken, and says which key to change', async () => {
    const { port } = await served();
    const failure = await served(undefined, { port }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'config_invalid', where: 'tollgate.yaml: http.port' });
    expect(String((failure as Error).message)).toContain(`127.0.0.1:${port}`);
  });

  it('refuses an address that is not this machine’s', async () => {
    const failure = await served(undefined, { host: '192.0.2.1' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'config_invalid', where: 'tollgate.yaml: http.host' });
  });

  it('ends with its signal, with the connections that are open', async () => {
    const { url, port, controller } = await served(ready());
    const kept = raw(port, 'GET /healthz HTTP/1.1\r\nhost: x\r\n');
    await fetch(`${url}/healthz`);
    controller.abort();
    await kept.catch(() => undefined);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});
