import { readFileSync } from 'node:fs';
import avro from 'avsc';
import { TollgateError } from '../domain/errors.ts';
import type { Session } from '../domain/session.ts';
import { AvroWriter } from './avro-writer.ts';
import { packageFile } from './package-file.ts';
import { type SessionState, sessionFrom } from './session-state.ts';
import { writeSession } from './write-session.ts';

const VERSION = 1;
const SCHEMA = packageFile('schemas', 'session-state.v1.avsc');

/** Encodes and decodes sessions: a version byte, then Avro (`schemas/session-state.v1.avsc`). Reuses one buffer. */
export class SessionCodec {
  readonly #type = avro.Type.forSchema(JSON.parse(readFileSync(SCHEMA, 'utf8')));
  readonly #writer = new AvroWriter();

  /** The session's bytes. They lie in a buffer that the next call overwrites: copy what is kept. */
  encode(session: Session): Uint8Array {
    const writer = this.#writer;
    writer.clear();
    writer.byte(VERSION);
    writeSession(writer, session);
    return writer.written();
  }

  /** Throws `position_contradicts` for bytes of a version that this program does not know, or that are broken. */
  decode(bytes: Uint8Array): Session {
    const version = bytes[0];
    if (version !== VERSION) {
      throw new TollgateError(
        'position_contradicts',
        `session state of version ${version}, this program reads ${VERSION}`,
        {
          next: 'run the version of Tollgate that wrote it, or a later one',
        },
      );
    }
    try {
      const body = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1);
      return sessionFrom(this.#type.fromBuffer(body) as SessionState);
    } catch (cause) {
      throw new TollgateError('position_contradicts', 'session state that cannot be decoded', {
        next: 'restore the output directory or topic from a backup; the state is not what Tollgate wrote',
        cause,
      });
    }
  }
}
