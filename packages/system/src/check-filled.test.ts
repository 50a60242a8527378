import { expect, test } from '@jest/globals';
import { checkFilled } from './check-filled.ts';

test('a text passes', () => {
  checkFilled('out', 'parts', 'a folder');
});

test.each([
  ['', "''"],
  [undefined, 'undefined'],
  [1, '1'],
])('%p is refused', (value, received) => {
  expect(() => checkFilled('out', value, 'a folder')).toThrow(
    expect.objectContaining({
      code: 'invalid-argument',
      message: `out: expected a folder, received ${received}.`,
    }),
  );
});
