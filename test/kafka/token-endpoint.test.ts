import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { requestToken } from '../../src/kafka/token-endpoint.ts';

const SECRET = 'hunter2';

/** The URL of an endpoint that answers so, until the test is over. */
async function endpoint(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  return { tokenUrl, clientId: 'c', clientSecret: SECRET };
}

function answering(status: number, body: string): RequestListener {
  return (_, response) => {
    response.writeHead(status).end(body);
  };
}

describe('a token endpoint', () => {
  it.each([
    ['says how long', '{"access_token":"a.b-c","expires_in":60}', 60_000],
    ['says it as text', '{"access_token":"a.b-c","expires_in":"60"}', 60_000],
    ['does not say how long', '{"access_token":"a.b-c"}', 300_000],
  ])('that %s the token is good is believed', async (_, body, lifetimeMs) => {
    expect(await requestToken(await endpoint(answering(200, body)))).toEqual({ value: 'a.b-c', lifetimeMs });
  });

  it.each([
    ['is down', 503, '', 'broker_unreachable', true],
    ['is asked too often', 429, '{}', 'broker_unreachable', true],
    ['does not know the client', 401, '{"error":"invalid_client"}', 'broker_refused', false],
    ['sends elsewhere', 302, '', 'broker_refused', false],
    ['gives no token', 200, '{}', 'broker_refused', false],
    ['is something else', 200, '<html>', 'broker_refused', false],
    [
      'gives what would break out of the login',
      200,
      '{"access_token":"a\\u0001auth=Bearer b"}',
      'broker_refused',
      false,
    ],
    ['never ends its answer', 200, 'x'.repeat(200_000), 'broker_unreachable', true],
  ])('that %s is told as such', async (_, status, body, code, retryable) => {
    const at = await endpoint(answering(status, body));
    await expect(requestToken(at)).rejects.toMatchObject({ code, retryable, where: at.tokenUrl });
  });

  it('that says the secret, or what no terminal should see, is not quoted with it', async () => {
    const body = JSON.stringify({ error: 'invalid_client', error_description: `${SECRET} is\u001b[31m wrong` });
    await expect(requestToken(await endpoint(answering(400, body)))).rejects.toMatchObject({
      message: 'the token endpoint answered 400: invalid_client, <hidden> is [31m wrong',
    });
  });

  it('that nobody listens at is told as such', async () => {
    const at = { tokenUrl: 'http://127.0.0.1:1/token', clientId: 'c', clientSecret: SECRET };
    await expect(requestToken(at)).rejects.toMatchObject({ code: 'broker_unreachable', retryable: true });
  });
});
