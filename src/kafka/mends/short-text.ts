/**
 * UTF-8 of short text, as names and values of headers are: for these a loop over ASCII characters takes a tenth of the
 * time of a call into the engine, and a record has several.
 */

const SHORT = 64;
const ASCII_END = 0x80;

/** Length in bytes. */
export function utf8Length(text: string): number {
  if (text.length > SHORT) return Buffer.byteLength(text);
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= ASCII_END) return Buffer.byteLength(text);
  return text.length;
}

/** Writes text whose length in bytes is known; returns the place behind it. */
export function writeUtf8(bytes: Buffer, start: number, text: string, length: number): number {
  // As many bytes as characters: all of it is ASCII.
  if (length > SHORT || length !== text.length) return start + bytes.write(text, start);
  for (let i = 0; i < length; i++) bytes[start + i] = text.charCodeAt(i);
  return start + length;
}
