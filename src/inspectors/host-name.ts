/** What stands for a host that cannot be read (a shell variable, a forbidden character). It is on no allowlist. */
export const UNREADABLE = '(unreadable)';

/** RFC 1035 section 2.3.4 allows 253 characters in a host's text form; what is longer is unreadable. */
const MAX_NAME = 253;
const READABLE = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/;

/**
 * A host in the form that its address is found under: WHATWG host parsing (case, IDN, percent-encoding, all spellings of
 * an IP address), without a trailing dot. `UNREADABLE` when that is none.
 */
export function hostName(written: string): string {
  if (written.length === 0 || written.length > MAX_NAME) return UNREADABLE;
  if (isPlain(written)) return written;
  const parsed = parseHost(written) ?? written.toLowerCase();
  const name = parsed.endsWith('.') ? parsed.slice(0, -1) : parsed;
  return READABLE.test(name) ? name : UNREADABLE;
}

function parseHost(written: string): string | undefined {
  const url = `http://${written}/`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/**
 * True for text that WHATWG parsing would leave as it is, so that the common case costs no URL object: lower-case ASCII
 * labels, no IDN label, and a last label that starts with a letter (one that starts with a digit may be a number).
 */
function isPlain(written: string): boolean {
  let labelStart = 0;
  for (let i = 0; i < written.length; i++) {
    const code = written.charCodeAt(i);
    if (code === 46) labelStart = i + 1;
    else if (!isPlainCode(code)) return false;
  }
  return isLowerLetter(written.charCodeAt(labelStart)) && !written.includes('xn--');
}

function isPlainCode(code: number): boolean {
  return isLowerLetter(code) || (code >= 48 && code <= 57) || code === 45 || code === 95;
}

function isLowerLetter(code: number): boolean {
  return code >= 97 && code <= 122;
}
