// The library's container of implementations wants this first.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  type Extension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its key, both PEM text; the key is PKCS #8, as Kafka wants it. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate is made for. */
export interface CertificateWish {
  /** Common name: the whole distinguished name, so that Kafka calls the principal `User:CN=name`. */
  readonly name: string;
  /** Addresses and names of a server. */
  readonly addresses?: readonly string[];
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const IP = /^[\d.]+$/;

/** An authority of a test's own: what it signs is trusted by whoever is given its certificate, for a day. */
export class Authority {
  readonly cert: string;
  readonly #name: string;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(name: string, keys: webcrypto.CryptoKeyPair, cert: string) {
    this.#name = name;
    this.#keys = keys;
    this.cert = cert;
  }

  static async make(name: string): Promise<Authority> {
    const keys = await newKeys();
    const extensions = [new BasicConstraintsExtension(true, 1, true)];
    const subject = `CN=${name}`;
    const options = { ...common(), subject, issuer: subject, publicKey: keys.publicKey, extensions };
    const made = await X509CertificateGenerator.create({ ...options, signingKey: keys.privateKey });
    return new Authority(subject, keys, made.toString('pem'));
  }

  async sign({ name, addresses = [] }: CertificateWish): Promise<Certified> {
    const keys = await newKeys();
    const names = addresses.map((value) => ({ type: IP.test(value) ? 'ip' : 'dns', value }) as const);
    const extensions: Extension[] = [new BasicConstraintsExtension(false)];
    if (names.length > 0) extensions.push(new SubjectAlternativeNameExtension(names));
    const options = { ...common(), subject: `CN=${name}`, issuer: this.#name, publicKey: keys.publicKey, extensions };
    const signingKey = this.#keys.privateKey;
    const made = await X509CertificateGenerator.create({ ...options, signingKey });
    const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    return { cert: made.toString('pem'), key: pemOf('PRIVATE KEY', key) };
  }
}

function common() {
  const now = Date.now();
  return {
    serialNumber: randomBytes(8).toString('hex'),
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + DAY_MS),
    signingAlgorithm: ALGORITHM,
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function pemOf(label: string, base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
