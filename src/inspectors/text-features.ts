/** What a text has that secrets and PII cannot do without. */
export interface TextFeatures {
  readonly at: boolean;
  /** Digits enough for a phone number. */
  readonly digits: boolean;
  /** A run of token characters as long as a key. */
  readonly token: boolean;
  /** `=` or `:`, or `--`: a value may be assigned to a name. */
  readonly assignment: boolean;
}

const MIN_DIGITS = 8;
/** Shorter than any key that is looked for, and than `-----BEGIN` with what must follow. */
const MIN_TOKEN = 12;

const AT = 1;
const DIGIT = 2;
const TOKEN = 4;
const ASSIGNMENT = 8;
const TOKEN_CHARACTER = /[A-Za-z0-9_-]/;
const DIGIT_CHARACTER = /\d/;
const CLASSES = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(128);
  for (let code = 0; code < 128; code++) {
    const character = String.fromCharCode(code);
    if (TOKEN_CHARACTER.test(character)) table[code] = TOKEN;
    if (DIGIT_CHARACTER.test(character)) table[code] = TOKEN | DIGIT;
    if (character === '@') table[code] = AT;
    if (character === '=' || character === ':') table[code] = ASSIGNMENT;
  }
  return table;
}

const FEATURES = Array.from({ length: 16 }, (_, bits) =>
  Object.freeze({
    at: (bits & AT) !== 0,
    digits: (bits & DIGIT) !== 0,
    token: (bits & TOKEN) !== 0,
    assignment: (bits & ASSIGNMENT) !== 0,
  }),
);

/** One pass over the text, nothing allocated; undefined when it can hold no secret and no PII. */
export function featuresOf(text: string): TextFeatures | undefined {
  let seen = 0;
  let digits = 0;
  let run = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? (CLASSES[code] ?? 0) : 0;
    seen |= kind & (AT | ASSIGNMENT);
    digits += (kind & DIGIT) >> 1;
    run = (kind & TOKEN) === 0 ? 0 : run + 1;
    if (run === MIN_TOKEN) seen |= TOKEN;
  }
  if (digits >= MIN_DIGITS) seen |= DIGIT;
  if ((seen & ASSIGNMENT) === 0 && text.includes('--')) seen |= ASSIGNMENT;
  return seen === 0 ? undefined : FEATURES[seen];
}
