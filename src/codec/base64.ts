const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** RFC 4648, section 4, with its padding: what decoders differ over must not reach a policy. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && BASE64.test(text);
}
