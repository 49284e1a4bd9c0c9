/** FNV-1a's prime and offset basis for 32 bits (Fowler, Noll, Vo); the second lane begins elsewhere. */
const PRIME = 0x01000193;
const BASIS = 0x811c9dc5;
const OTHER_BASIS = 0x9747b28c;
const RADIX = 16;
const DIGITS = 8;

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
  return (word >>> 0).toString(RADIX).padStart(DIGITS, '0');
}
