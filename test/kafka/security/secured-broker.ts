import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../broker/free-ports.ts';
import { UNHURRIED } from '../broker/server-properties.ts';
import { type OwnBroker, startBroker } from '../broker/start-broker.ts';
import { Authority } from './certificates.ts';
import { setScramPasswords } from './scram-credentials.ts';

/** Names and passwords of PLAIN and SCRAM. The first may do everything. */
export const USERS: Readonly<Record<string, string>> = { chief: 'chief-pw-4711', tollgate: 'tollgate-pw-0815' };

/** A broker with an authorizer, its listeners, and the authority that signed its certificate. */
export interface SecuredBroker {
  /** `host:port` of the plain listener: whoever comes there may do everything. */
  readonly open: string;
  /** TLS, with a certificate of the client; `User:CN=chief` may do everything. */
  readonly mutual: string;
  /** TLS and SASL. */
  readonly login: string;
  /** SASL in the clear, where a login lasts 3 s. */
  readonly short: string;
  readonly authority: Authority;
  /** Files of the test's own; gone with the broker. */
  readonly directory: string;
  stop(): Promise<void>;
}

export interface SecuredOptions {
  /** The key set that tokens are held against. */
  readonly jwksUrl?: string;
}

/** What tokens must say to be taken. */
export const TOKEN_CLAIMS = { iss: 'https://issuer.test', aud: 'kafka.test' } as const;

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const SHORT_LOGIN_MS = 3_000;
const MODULES = {
  PLAIN: 'org.apache.kafka.common.security.plain.PlainLoginModule',
  SCRAM: 'org.apache.kafka.common.security.scram.ScramLoginModule',
  OAUTHBEARER: 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule',
} as const;

/** Starts one node; `stop` ends it. */
export async function startSecuredBroker({ jwksUrl }: SecuredOptions = {}): Promise<SecuredBroker> {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-security-'));
  const authority = await Authority.make('Test authority');
  const [mutual = 0, login = 0, short = 0] = await freePorts(3);
  const broker = await startBroker({
    properties: {
      ...UNHURRIED,
      ...authorizing,
      ...(await tls(authority, directory)),
      ...sasl('LOGIN', jwksUrl),
      ...sasl('SHORT', jwksUrl),
      'listener.name.mutual.ssl.client.auth': 'required',
      'listener.name.short.connections.max.reauth.ms': String(SHORT_LOGIN_MS),
    },
    javaFlags: jwksUrl === undefined ? [] : [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${jwksUrl}`],
    listeners: [
      { name: 'MUTUAL', protocol: 'SSL', port: mutual, advertisedPort: mutual },
      { name: 'LOGIN', protocol: 'SASL_SSL', port: login, advertisedPort: login },
      { name: 'SHORT', protocol: 'SASL_PLAINTEXT', port: short, advertisedPort: short },
    ],
  });
  const open = broker.brokers[0] ?? '';
  for (const [name, password] of Object.entries(USERS)) await setScramPasswords(open, name, password);
  const stop = () => stopAll(broker, directory);
  const at = (port: number) => `127.0.0.1:${port}`;
  return { open, mutual: at(mutual), login: at(login), short: at(short), authority, directory, stop };
}

const authorizing = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'false',
  'super.users': 'User:ANONYMOUS;User:chief;User:CN=chief',
};

async function tls(authority: Authority, directory: string): Promise<Readonly<Record<string, string>>> {
  const { cert, key } = await authority.sign({ name: 'broker', addresses: ['127.0.0.1', 'kafka.test'] });
  const keyStore = join(directory, 'broker.pem');
  const trustStore = join(directory, 'authority.pem');
  writeFileSync(keyStore, `${key}${cert}\n`);
  writeFileSync(trustStore, `${authority.cert}\n`);
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keyStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': trustStore,
  };
}

function sasl(listener: string, jwksUrl: string | undefined): Readonly<Record<string, string>> {
  const at = `listener.name.${listener.toLowerCase()}`;
  const users = Object.entries(USERS).map(([name, password]) => `user_${name}="${password}"`);
  const scram = `${MODULES.SCRAM} required;`;
  return {
    [`${at}.sasl.enabled.mechanisms`]: [...MECHANISMS, ...(jwksUrl === undefined ? [] : ['OAUTHBEARER'])].join(','),
    [`${at}.plain.sasl.jaas.config`]: `${MODULES.PLAIN} required ${users.join(' ')};`,
    [`${at}.scram-sha-256.sasl.jaas.config`]: scram,
    [`${at}.scram-sha-512.sasl.jaas.config`]: scram,
    ...(jwksUrl === undefined ? {} : oauth(`${at}.oauthbearer`, jwksUrl)),
  };
}

function oauth(at: string, jwksUrl: string): Readonly<Record<string, string>> {
  return {
    [`${at}.sasl.jaas.config`]: `${MODULES.OAUTHBEARER} required;`,
    [`${at}.sasl.server.callback.handler.class`]:
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler',
    [`${at}.sasl.oauthbearer.jwks.endpoint.url`]: jwksUrl,
    [`${at}.sasl.oauthbearer.jwks.endpoint.refresh.ms`]: '1000',
    [`${at}.sasl.oauthbearer.expected.audience`]: TOKEN_CLAIMS.aud,
    [`${at}.sasl.oauthbearer.expected.issuer`]: TOKEN_CLAIMS.iss,
  };
}

async function stopAll(broker: OwnBroker, directory: string): Promise<void> {
  await broker.stop();
  rmSync(directory, { recursive: true, force: true });
}
