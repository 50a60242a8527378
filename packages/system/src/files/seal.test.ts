import { expect, test } from '@jest/globals';
import { damagesOf } from './damages.ts';
import { seal, unseal } from './seal.ts';

test('the check is the start of the SHA-256 of the record without it', () => {
  expect(seal({ a: 1 })).toBe('{"a":1,"check":"015abd7f5cc57a2d"}');
});

test.each([{}, { step: 1, note: 'ü "quoted" \n', loss: 0.1 + 0.2, deep: [{ a: [] }], none: null }])(
  '%j is read back as it was',
  (record) => {
    expect(unseal(seal(record))).toEqual(record);
    expect(unseal(seal(record, 2))).toEqual(record);
  },
);

test('fields that are not there are not, before and after', () => {
  expect(unseal(seal({ a: 1, b: undefined }))).toEqual({ a: 1 });
});

test.each([undefined, 2])(
  'every damage is noticed, or harms nothing (indented by %s)',
  (indent) => {
    const record = { total: 17, share: 0.25, name: 'x', rows: [1, 2, 3] };
    for (const { name, bytes } of damagesOf(Buffer.from(seal(record, indent)), 200)) {
      const found = unseal(new TextDecoder().decode(bytes));
      // White space between the fields says nothing.
      expect({ name, found }).toEqual({ name, found: found === undefined ? undefined : record });
    }
  },
);

test.each(['', '1', 'null', '[]', '{"check":1}', '{"a":1}'])('%s was never sealed', (text) => {
  expect(unseal(text)).toBeUndefined();
});
