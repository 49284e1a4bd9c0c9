const DOTTED_QUAD = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/** Blocks that end in an IPv4 address: v4-compatible, v4-mapped (RFC 4291), NAT64 (RFC 6052). */
const V4_IN_V6_PREFIXES = ['0:0:0:0:0:0:', '0:0:0:0:0:ffff:', '64:ff9b:0:0:0:0:'];

/** RFC 3927 link-local, and the metadata services that live elsewhere (Alibaba, Oracle). */
const METADATA_V4 = new Set(['100.100.100.200', '192.0.0.192']);
/** The metadata service of AWS over IPv6. */
const METADATA_V6 = 'fd00:ec2:0:0:0:0:0:254';

/** The IP address that a host name from `hostName` is, without brackets; undefined for a name. */
export function addressOf(name: string): string | undefined {
  if (name.startsWith('[')) return name.slice(1, -1);
  return DOTTED_QUAD.test(name) ? name : undefined;
}

/** True for link-local addresses and metadata services, also where an IPv4 address hides in an IPv6 one. */
export function isMetadataAddress(address: string): boolean {
  if (!address.includes(':')) return isMetadataV4(address);
  const groups = expandV6(address);
  const first = Number.parseInt(groups, 16);
  if (groups === METADATA_V6 || (first & 0xffc0) === 0xfe80) return true;
  const hidden = v4Inside(groups);
  return hidden !== undefined && isMetadataV4(hidden);
}

function isMetadataV4(address: string): boolean {
  return address.startsWith('169.254.') || METADATA_V4.has(address);
}

/** Eight groups without leading zeros. Takes the form that WHATWG serialises: hexadecimal groups, at most one `::`. */
function expandV6(address: string): string {
  const [head = '', tail] = address.split('::');
  if (tail === undefined) return head;
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].join(':');
}

/** The IPv4 address at the end of one of those blocks, or behind the first group of 6to4 (RFC 3056). */
function v4Inside(groups: string): string | undefined {
  const parts = groups.split(':');
  if (parts[0] === '2002') return dotted(parts[1], parts[2]);
  return V4_IN_V6_PREFIXES.some((prefix) => groups.startsWith(prefix)) ? dotted(parts[6], parts[7]) : undefined;
}

function dotted(high = '0', low = '0'): string {
  const [h, l] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return `${h >> 8}.${h & 255}.${l >> 8}.${l & 255}`;
}
