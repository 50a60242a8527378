import { expect, jest, test } from '@jest/globals';
import * as v from 'valibot';
import { checkSchema } from './check-schema.ts';
import { ArgumentError } from './index.ts';

const isEven = jest.fn((value: number) => value % 2 === 0);
const Schema = v.object({
  name: v.optional(v.string(), 'none'),
  size: v.object({ width: v.pipe(v.number(), v.check(isEven, 'an even number')) }),
});

test('what fits is given back, with what the schema fills in', () => {
  expect(checkSchema('picture', Schema, { size: { width: 4 } })).toEqual({
    name: 'none',
    size: { width: 4 },
  });
});

test.each<[string, unknown, string, string]>([
  ['of another kind', 7, 'picture', 'picture: expected Object, received 7.'],
  [
    'with a field of another kind',
    { name: 1, size: { width: 4 } },
    'picture.name',
    'picture.name: expected string, received 1.',
  ],
  [
    'with a field that a check of its own refuses, in the words of that check',
    { size: { width: 3 } },
    'picture.size.width',
    'picture.size.width: expected an even number, received 3.',
  ],
])('a value %s is refused where the fault is', (_, value, argument, message) => {
  const check = () => checkSchema('picture', Schema, value);
  expect(check).toThrow(ArgumentError);
  expect(check).toThrow(expect.objectContaining({ argument, message }));
});

test('the first fault ends the check', () => {
  isEven.mockClear();
  expect(() => checkSchema('picture', Schema, { name: 1, size: { width: 3 } })).toThrow(
    'picture.name: expected string, received 1.',
  );
  expect(isEven).not.toHaveBeenCalled();
});
