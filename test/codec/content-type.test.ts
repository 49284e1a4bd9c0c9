import { describe, expect, it } from 'vitest';
import { mediaFormat } from '../../src/codec/content-type.ts';

describe('a content type', () => {
  it.each([
    ['application/json', 'json'],
    ['Application/JSON', 'json'],
    [' application/json ; charset=utf-8', 'json'],
    ['application/json;charset="UTF-8";version=1', 'json'],
    ['application/json; charset=us-ascii', 'json'],
    ['text/json', 'json'],
    ['application/vnd.acme.call.v1+json', 'json'],
    ['application/avro', 'avro'],
    ['avro/binary', 'avro'],
    ['application/vnd.apache.avro', 'avro'],
    ['application/vnd.apache.avro+binary; schema=x', 'avro'],
    ['application/cloudevents+json', 'cloud_event'],
    ['application/CloudEvents+JSON; charset=UTF-8', 'cloud_event'],
  ])('%s is read', (text, format) => {
    expect(mediaFormat(text)).toBe(format);
  });

  it.each([
    ['', 'of the form type/subtype'],
    ['json', 'of the form type/subtype'],
    ['application/', 'of the form type/subtype'],
    ['application/json, text/plain', 'of the form type/subtype'],
    [`application/${'x'.repeat(600)}`, 'of the form type/subtype'],
    ['text/plain', 'neither JSON'],
    ['application/octet-stream', 'neither JSON'],
    ['application/x-protobuf', 'neither JSON'],
    ['application/json; charset=utf-16', 'UTF-8 only'],
    ['application/json; charset=iso-8859-1', 'UTF-8 only'],
    ['application/vnd.apache.avro+json', 'binary encoding only'],
    ['application/cloudevents', 'in JSON, or in binary mode'],
    ['application/cloudevents+avro', 'in JSON, or in binary mode'],
    ['application/cloudevents-batch+json', 'one event a record'],
  ])('%j is refused, never guessed at', (text, why) => {
    const refusal = { code: 'unknown_format', message: expect.stringContaining(why) };
    expect(() => mediaFormat(text)).toThrow(expect.objectContaining(refusal));
  });

  it('takes no time that grows with its length', () => {
    const hostile = [
      ' '.repeat(100_000),
      `a/b;${' '.repeat(100_000)}x`,
      `${'a'.repeat(100_000)}/`,
      'a/b;'.repeat(50_000),
    ];
    for (const text of hostile) expect(() => mediaFormat(text)).toThrow();
  });
});
