import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskSensitive } from '../../src/inspectors/sensitive-spans.ts';

const KEY = 'abcdefghijKLMNOPQRST0123456789abcdef';

const MASKED: readonly (readonly [string, string])[] = [
  ['mail bob.x+y@mail.example.com now', 'mail [email] now'],
  ['<bob@example.com>,amy@example.org.', '<[email]>,[email].'],
  ['jürgen@müller.example', '[email]'],
  ['ssn 123-45-6789.', 'ssn [ssn].'],
  ['123 45 6789', '[ssn]'],
  ['card 4111 1111 1111 1111, ok', 'card [credit_card], ok'],
  ['4111-1111-1111-1111', '[credit_card]'],
  ['4111111111111111', '[credit_card]'],
  ['378282246310005 and 5555555555554444', '[credit_card] and [credit_card]'],
  ['2223003122003222', '[credit_card]'],
  ['12 4111 1111 1111 1111 123', '12 [credit_card] 123'],
  ['call +1 (415) 555-2671', 'call [phone]'],
  ['+442079460958', '[phone]'],
  ['415-555-2671 or (415) 555-2671', '[phone] or [phone]'],
  ['DE89370400440532013000', '[iban]'],
  ['DE89 3704 0044 0532 0130 00 AND MORE', '[iban] AND MORE'],
  ['GB29NWBK60161331926819', '[iban]'],
  ['AKIAIOSFODNN7EXAMPLE', '[aws_access_key]'],
  [`ghp_${KEY}`, '[github_token]'],
  [`github_pat_${KEY}`, '[github_token]'],
  [`glpat-${KEY}`, '[gitlab_token]'],
  [`xoxb-${KEY}`, '[slack_token]'],
  [`sk_live_${KEY}`, '[stripe_key]'],
  [`sk-proj-${KEY}`, '[api_key]'],
  [`sk-ant-api03-${KEY}`, '[api_key]'],
  [`AIza${KEY}`, '[google_key]'],
  [`npm_${KEY}`, '[npm_token]'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', '[jwt]'],
  [`Bearer ${KEY}`, 'Bearer [bearer_token]'],
  ['Authorization: Basic dXNlcjpwdw==', 'Authorization: Basic [authorization]'],
  ['password=hunter2', 'password=[password]'],
  ['PASSWORD: hunter2;', 'PASSWORD: [password];'],
  ['DB_PASSWORD="two words" x', 'DB_PASSWORD="[password]" x'],
  ['{"api_key": "abcdef"}', '{"api_key": "[password]"}'],
  ['{\\"secret\\":\\"abcdef\\"}', '{\\"secret\\":\\"[password]\\"}'],
  ['a?access_key=abcdef&b=c', 'a?access_key=[password]&b=c'],
  ['mysql --password hunter2 -u x', 'mysql --password [password] -u x'],
  ['https://user:hunter2@example.com/x', 'https://user:[password]@example.com/x'],
  ['a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb', 'a\n[private_key]\nb'],
  ['-----BEGIN PRIVATE KEY-----\nMIIE cut off', '[private_key]'],
  ['password=bob@example.com', 'password=[password]'],
];

const KEPT = [
  '',
  'cargo build --release',
  'user@host',
  'git@github.com:foo/bar.git',
  'https://bob@example.com/x',
  '@decorator() class A',
  '000-12-3456',
  '666-12-3456',
  '912-12-3456',
  '123-00-4567',
  '123-45-0000',
  '1123-45-6789',
  '2026-01-02T03:04:05.678Z',
  '1718000000000',
  '4111111111111112',
  '0.4111111111111111',
  'x4111111111111111',
  '123e4567-e89b-12d3-a456-426614174000',
  'DE89370400440532013001',
  'XX89370400440532013000',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'task-management-board-overview',
  'sk-short',
  'bearer of bad news',
  'password=$PASSWORD',
  'password: <your password>',
  'token: null',
  'password',
  '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----',
];

describe('masking', () => {
  it.each(MASKED)('turns %j into %j', (text, masked) => {
    expect(maskSensitive(text)).toBe(masked);
  });

  it.each(KEPT)('leaves %j as it is', (text) => {
    expect(maskSensitive(text)).toBe(text);
  });

  it('finds each of them inside a longer text, and all of them together', () => {
    for (const [text, masked] of MASKED.filter(([text]) => !text.includes('cut off'))) {
      expect(maskSensitive(`see "${text}" here`)).toContain(masked.replace(/^.*?\[|\].*$/gs, ''));
    }
    const all = MASKED.map(([text]) => text).join('\n');
    const rest = maskSensitive(all);
    for (const secret of [KEY, 'hunter2', 'bob', '4111', '123-45', 'DE89', 'MIIE']) expect(rest).not.toContain(secret);
  });

  it('changes nothing that it has masked already', () => {
    const pieces = fc.oneof(
      fc.constantFrom(...MASKED.map(([text]) => text)),
      fc.string(),
      fc.constantFrom('"', '=', ':', ' '),
    );
    const property = fc.property(fc.array(pieces, { maxLength: 6 }), (texts) => {
      const once = maskSensitive(texts.join(' '));
      expect(maskSensitive(once)).toBe(once);
    });
    fc.assert(property, { seed: 42, numRuns: 1_000 });
  });

  it('answers any text', () => {
    const property = fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(typeof maskSensitive(text)).toBe('string');
    });
    fc.assert(property, { seed: 42, numRuns: 1_000 });
  });

  it.each([
    '@',
    'a@',
    '@a.',
    'a@b.c',
    '1 ',
    '4111 ',
    '123-45-',
    '+1',
    'DE89 ',
    'eyJ',
    'eyJ.',
    'AKIA',
    'sk-',
    'bearer ',
    'password="',
    "password='",
    'password=',
    '--token ',
    '://',
    '://a:',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY',
    '\\',
    '=',
    '(415) ',
  ])('ends on 256 KiB of %j', (unit) => {
    expect(typeof maskSensitive(unit.repeat(Math.floor(262_144 / unit.length)))).toBe('string');
  });
});
