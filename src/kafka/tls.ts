import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';

/** `ca`, `cert` and `key` are PEM text, or the absolute path of a file that holds it. */
export interface KafkaTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly serverName?: string | undefined;
  readonly rejectUnauthorized: boolean;
}

/** What `tls.connect` is given for one connection, beside its address. */
export interface TlsSettings {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
  readonly servername?: string;
}

type Member = 'ca' | 'cert' | 'key';
type Texts = Readonly<Partial<Record<Member, string>>>;

const MEMBERS: readonly Member[] = ['ca', 'cert', 'key'];
/** Node's own default, which its command line may lower. */
const MIN_VERSION = 'TLSv1.2';
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Certificates and key as they are on disk now: whoever rotates them replaces the files, and connections that are opened
 * from then on use the new ones. Connections that are open stay.
 *
 * 1. What was good once stays in force until something else is good as a whole: a certificate without its key, a file
 *    that is half written or gone leave the former ones, and say so in the log, once.
 * 2. Files are read at each new connection, of which there are few, and compared by content: times of files lie.
 */
export class TlsFiles {
  readonly #tls: KafkaTls;
  readonly #logger: Logger;
  #texts: Texts;
  #context: SecureContext;
  /** What is wrong with the files now, as it was told. */
  #told: string | undefined;

  /** Throws `config_invalid` for files that cannot be read, or that are no certificates and key. */
  constructor(tls: KafkaTls, logger: Logger) {
    this.#tls = tls;
    this.#logger = logger;
    this.#texts = readTexts(tls);
    this.#context = contextOf(this.#texts, tls);
  }

  /** For a connection that is opened now. Never throws. */
  current(): TlsSettings {
    this.#reload();
    const { rejectUnauthorized, serverName } = this.#tls;
    return {
      secureContext: this.#context,
      rejectUnauthorized,
      ...(serverName === undefined ? {} : { servername: serverName }),
    };
  }

  #reload(): void {
    try {
      const texts = readTexts(this.#tls);
      const changed = MEMBERS.filter((member) => texts[member] !== this.#texts[member]);
      if (changed.length > 0) {
        this.#context = contextOf(texts, this.#tls);
        this.#texts = texts;
        this.#logger.info({ files: changed.map((member) => this.#tls[member]) }, 'TLS files were replaced');
      }
      this.#told = undefined;
    } catch (thrown) {
      const error = TollgateError.from(thrown);
      if (error.message === this.#told) return;
      this.#told = error.message;
      const fields = { err: error, next: 'put certificate and key there that belong together' };
      this.#logger.warn(fields, 'TLS files are not usable: new connections go on with the former ones');
    }
  }
}

function readTexts(tls: KafkaTls): Texts {
  const named = MEMBERS.flatMap((member) => {
    const given = tls[member];
    return given === undefined ? [] : [[member, pem(given, member)] as const];
  });
  return Object.fromEntries(named);
}

/** PEM text itself, or what the file holds. */
export function pem(textOrPath: string, member: string, section = 'kafka.ssl'): string {
  if (!isAbsolute(textOrPath)) return textOrPath;
  try {
    return readFileSync(textOrPath, 'utf8');
  } catch (thrown) {
    throw new TollgateError('config_invalid', `cannot read the file of ${section}.${member}: ${messageOf(thrown)}`, {
      where: textOrPath,
      next: 'name a file that exists and may be read, or put the PEM text itself there',
      cause: thrown,
    });
  }
}

function contextOf(texts: Texts, tls: KafkaTls): SecureContext {
  const { passphrase } = tls;
  for (const member of ['ca', 'cert'] as const) {
    const text = texts[member];
    if (text !== undefined) refuseNoCertificate(text, member, tls[member] ?? '');
  }
  try {
    return createSecureContext({
      ...texts,
      ...(passphrase === undefined ? {} : { passphrase }),
      minVersion: MIN_VERSION,
    });
  } catch (thrown) {
    throw new TollgateError('config_invalid', `certificate and key of kafka.ssl cannot be used: ${messageOf(thrown)}`, {
      ...whereOf(tls.key),
      next: 'see that `key` belongs to `cert`, and that `passphrase` opens it',
      cause: thrown,
    });
  }
}

/** Throws `config_invalid` for PEM text without a certificate: Node takes it, and would then trust nobody. */
export function refuseNoCertificate(text: string, member: string, given: string, section = 'kafka.ssl'): void {
  const fault = certificateFault(text);
  if (fault === undefined) return;
  throw new TollgateError('config_invalid', `${section}.${member} holds no usable certificate: ${fault}`, {
    ...whereOf(given),
    next: 'give PEM text that begins with -----BEGIN CERTIFICATE-----',
  });
}

/** What is wrong with PEM text that should hold certificates; undefined when nothing is. */
function certificateFault(text: string): string | undefined {
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) return 'no PEM block of one was found';
  try {
    for (const block of blocks) new X509Certificate(block);
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** A path may be shown; text in its place may be a key. */
function whereOf(given: string | undefined): { readonly where?: string } {
  return given !== undefined && isAbsolute(given) ? { where: given } : {};
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
