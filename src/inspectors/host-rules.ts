import { addressOf, isMetadataAddress } from './ip-address.ts';
import type { HostReading } from './read-authority.ts';

/** Hosts that answer with the credentials of the machine that asks, by name. */
const METADATA_NAMES = new Set(['metadata.google.internal', 'metadata.goog', 'instance-data.ec2.internal']);
const TRAILING_DOT = /\.$/;

/** True for hosts that hand out a machine's credentials, and for link-local addresses. */
export function isMetadataHost(name: string): boolean {
  const address = addressOf(name);
  return address === undefined ? METADATA_NAMES.has(name) : isMetadataAddress(address);
}

/** Hosts that calls may go to: a name allows itself and what ends in a dot and it, an address allows only itself. */
export class AllowList {
  readonly #entries: ReadonlySet<string>;

  /** Entries are host names or bracketed IPv6 addresses; case and a trailing dot do not matter in them. */
  constructor(entries: readonly string[]) {
    this.#entries = new Set(entries.map((entry) => entry.toLowerCase().replace(TRAILING_DOT, '')));
  }

  /** True when the name is an entry or lies below one at a dot. */
  has(name: string): boolean {
    if (this.#entries.has(name)) return true;
    if (addressOf(name) !== undefined) return false;
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      if (this.#entries.has(name.slice(dot + 1))) return true;
    }
    return false;
  }

  /**
   * True when the reading is of a listed host and every reader agrees on that. A host that is on the list only after
   * normalising, or only for one of two readers, was stopped by car-policy 0.13; it stays stopped.
   */
  allows(reading: HostReading): boolean {
    return !reading.ambiguous && reading.written === reading.name && this.has(reading.name);
  }
}
