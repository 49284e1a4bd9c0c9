import type { Span } from './span.ts';

const BLANKS = /\s+/;

/** Length of an IBAN by country, as the ISO 13616 registry gives it. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18
   FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21
   LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27
   ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20`
    .split(BLANKS)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const HEAD = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}/g;

/** Adds IBANs, together or in groups with one blank between: the country's length, and the check digits of ISO 7064. */
export function findIbans(text: string, spans: Span[]): void {
  for (const match of text.matchAll(HEAD)) {
    const length = LENGTHS.get(match[0].slice(0, 2));
    if (length === undefined) continue;
    const end = ibanEnd(text, match.index, length);
    if (end !== -1) spans.push({ kind: 'iban', start: match.index, end });
  }
}

function ibanEnd(text: string, start: number, length: number): number {
  let iban = '';
  let at = start;
  for (; iban.length < length && at < text.length; at++) {
    const character = text.charAt(at);
    if (isIbanCharacter(character)) iban += character;
    else if (character !== ' ' || !isIbanCharacter(text.charAt(at + 1))) return -1;
  }
  const whole = iban.length === length && !isIbanCharacter(text.charAt(at).toUpperCase());
  return whole && remainder97(iban.slice(4) + iban.slice(0, 4)) === 1 ? at : -1;
}

function isIbanCharacter(character: string): boolean {
  return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z' && character.length === 1);
}

/** The number that the text spells with A = 10 … Z = 35, modulo 97. */
function remainder97(text: string): number {
  let remainder = 0;
  for (const character of text) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}
