import { describe, expect, it } from 'vitest';
import { parsePointer } from '../../src/judge/json-pointer.ts';

describe('JSON Pointer', () => {
  const pointers: [string, readonly string[] | undefined][] = [
    ['', []],
    ['/', ['']],
    ['/foo/0', ['foo', '0']],
    ['/a~1b', ['a/b']],
    ['/m~0n', ['m~n']],
    ['/~01', ['~1']],
    ['/ ', [' ']],
    ['/c%d', ['c%d']],
    ['foo', undefined],
    ['#/foo', undefined],
    ['/~', undefined],
    ['/~2', undefined],
    ['/a~/b', undefined],
  ];
  it.each(pointers)('reads %j as RFC 6901 says', (pointer, tokens) => {
    expect(parsePointer(pointer)).toEqual(tokens);
  });
});
