/** FNV-1a's prime and offset basis for 32 bits (Fowler, Noll, Vo); the second lane begins elsewhere. */
const PRIME = 0x01000193;
const BASIS = 0x811c9dc5;
const OTHER_BASIS = 0x9747b28c;
/** The two digits of each byte: looked up, since `toString(16)` costs ten times as much. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * 16 hexadecimal digits over a text: two lanes of FNV-1a over its UTF-16 units. Fast, and anyone can make collisions:
 * only for what gains nobody anything when it collides. Where it is used it says why that holds.
 */
export function quickHash(text: string): string {
  let a = BASIS;
  let b = OTHER_BASIS;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, PRIME);
    b = Math.imul(b ^ unit ^ (a >>> 15), PRIME);
  }
  return hex(a) + hex(b);
}

function hex(word: number): string {
  return digits(word >>> 24) + digits(word >>> 16) + digits(word >>> 8) + digits(word);
}

/** Of the lowest byte. */
function digits(word: number): string {
  return HEX[word & 0xff] as string;
}
