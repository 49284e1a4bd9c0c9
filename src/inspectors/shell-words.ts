/** What a shell text is made of, in order. A reader gets words after quotes and escapes are taken off. */
export interface ShellReader {
  /** `quoted` when some of it was quoted or escaped: the text is then not found as such in the source. */
  word(text: string, quoted: boolean): void;
  /** The next word begins a command; `piped` when it reads what the one before writes. */
  next(piped: boolean): void;
  /** A command inside the present one begins (`(`, `$(`, `<(`, backtick), and ends. */
  open(): void;
  close(): void;
  /** The next word is a file, not an argument. */
  redirect(): void;
}

const PLAIN = 0;
const BLANK = 1;
const OPERATOR = 2;
const SINGLE_QUOTE = 3;
const DOUBLE_QUOTE = 4;
const ESCAPE = 5;
const DOLLAR = 6;
const KINDS = kinds(
  [BLANK, ' \t\r'],
  [OPERATOR, '|&;\n()<>`'],
  [SINGLE_QUOTE, "'"],
  [DOUBLE_QUOTE, '"'],
  [ESCAPE, '\\'],
  [DOLLAR, '$'],
);

/** What each ASCII character is to a shell; all others are plain. */
function kinds(...groups: readonly (readonly [number, string])[]): Uint8Array {
  const table = new Uint8Array(128);
  for (const [kind, characters] of groups) {
    for (const character of characters) table[character.charCodeAt(0)] = kind;
  }
  return table;
}

function kindAt(text: string, at: number): number {
  return KINDS[text.charCodeAt(at)] ?? PLAIN;
}

/**
 * Reads a text as a POSIX shell (and bash where they differ) would split it, each character once. It never fails: an open
 * quote ends with the text, a comment is read as words (what runs is not known here, and stricter is safer).
 */
export function readShellWords(text: string, reader: ShellReader): void {
  new Splitter(text, reader).run();
}

/*
 * Owns the place in one text and the word that is being put together. Invariants:
 * 1. `#at` only grows, and each step of `run` makes it grow: the whole is linear.
 * 2. `#word` is undefined exactly when no word is open (an empty quoted word is '').
 */
class Splitter {
  readonly #text: string;
  readonly #reader: ShellReader;
  #at = 0;
  #word: string | undefined;
  #quoted = false;
  #inBackticks = false;

  constructor(text: string, reader: ShellReader) {
    this.#text = text;
    this.#reader = reader;
  }

  run(): void {
    while (this.#at < this.#text.length) this.#step(kindAt(this.#text, this.#at));
    this.#endWord();
  }

  #step(kind: number): void {
    if (kind === PLAIN) this.#plain();
    else if (kind === BLANK) this.#blank(1);
    else if (kind === OPERATOR) this.#operator(this.#text.charAt(this.#at));
    else if (kind === SINGLE_QUOTE) this.#quote("'");
    else if (kind === DOUBLE_QUOTE) this.#doubleQuote();
    else if (kind === ESCAPE) this.#escape();
    else this.#dollar();
  }

  #blank(length: number): void {
    this.#endWord();
    this.#at += length;
  }

  #endWord(): void {
    if (this.#word === undefined) return;
    this.#reader.word(this.#word, this.#quoted);
    this.#word = undefined;
    this.#quoted = false;
  }

  #add(piece: string): void {
    this.#word = this.#word === undefined ? piece : this.#word + piece;
  }

  #plain(): void {
    const start = this.#at++;
    while (this.#at < this.#text.length && kindAt(this.#text, this.#at) === PLAIN) this.#at++;
    this.#add(this.#text.slice(start, this.#at));
  }

  #quote(mark: string): void {
    const close = this.#text.indexOf(mark, this.#at + 1);
    const end = close === -1 ? this.#text.length : close;
    this.#add(this.#text.slice(this.#at + 1, end));
    this.#quoted = true;
    this.#at = end + 1;
  }

  #doubleQuote(): void {
    this.#quoted = true;
    this.#add('');
    let start = ++this.#at;
    while (this.#at < this.#text.length && this.#text.charAt(this.#at) !== '"') {
      if (this.#text.charAt(this.#at) === '\\') {
        this.#add(this.#text.slice(start, this.#at));
        start = ++this.#at;
      }
      this.#at++;
    }
    this.#add(this.#text.slice(start, this.#at));
    this.#at++;
  }

  #escape(): void {
    const escaped = this.#text.charAt(this.#at + 1);
    this.#at += 2;
    if (escaped === '\n') return;
    this.#quoted = true;
    this.#add(escaped);
  }

  /** `$IFS` is a blank that has no blank in it; `$(` opens a command; any other variable stays in the word. */
  #dollar(): void {
    if (this.#text.startsWith('${IFS', this.#at)) this.#blank(this.#lengthOfBraces());
    else if (this.#text.startsWith('$IFS', this.#at)) this.#blank(4);
    else if (this.#text.charAt(this.#at + 1) === '(') {
      this.#at++;
      this.#operator('(');
    } else this.#plain();
  }

  #lengthOfBraces(): number {
    const close = this.#text.indexOf('}', this.#at);
    return (close === -1 ? this.#text.length : close + 1) - this.#at;
  }

  #operator(character: string): void {
    this.#endWord();
    this.#at++;
    if (character === '(') this.#reader.open();
    else if (character === ')') this.#reader.close();
    else if (character === '`') this.#backtick();
    else if (character === '<' || character === '>') this.#redirection();
    else this.#list(character);
  }

  #backtick(): void {
    if (this.#inBackticks) this.#reader.close();
    else this.#reader.open();
    this.#inBackticks = !this.#inBackticks;
  }

  #redirection(): void {
    while (this.#at < this.#text.length && '<>&|'.includes(this.#text.charAt(this.#at))) this.#at++;
    if (this.#text.charAt(this.#at) !== '(') this.#reader.redirect();
  }

  /** `|` and `|&` are pipes; `||`, `&`, `&&`, `;` and a line feed only separate; `&>` redirects. */
  #list(character: string): void {
    if (character === '&' && this.#text.startsWith('>', this.#at)) return;
    const doubled = this.#text.charAt(this.#at) === character;
    if (doubled || this.#text.startsWith('&', this.#at)) this.#at++;
    this.#reader.next(character === '|' && !doubled);
  }
}
