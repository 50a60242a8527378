import { describe, expect, test } from '@jest/globals';
import { hasExternalData } from './external-data.ts';

/** A length-delimited protobuf field. */
const field = (number: number, ...contents: (readonly number[])[]) => {
  const body = contents.flat();
  return [...varint(number * 8 + 2), ...varint(body.length), ...body];
};
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];

const rawData = field(9, [14, 1, 14, 1]);
const inside = [...rawData, 8 * 14, 0];
const outside = [...field(13, field(1, [108])), 8 * 14, 1];
const model = (...graph: (readonly number[])[]) => Uint8Array.from([8, 8, ...field(7, ...graph)]);

describe('hasExternalData', () => {
  test.each<[string, Uint8Array]>([
    ['an initializer', model(field(5, inside), field(5, outside))],
    ['a sparse initializer', model(field(15, field(1, outside)))],
    ['a constant', model(field(1, field(5, field(5, outside))))],
    ['a list of constants', model(field(1, field(5, field(10, outside))))],
    ['a graph in a node', model(field(1, field(5, field(6, field(5, outside)))))],
    ['a function', Uint8Array.from(field(25, field(7, field(5, field(5, outside)))))],
    ['a graph for training', Uint8Array.from(field(20, field(1, field(5, outside))))],
  ])('finds %s kept outside', (_, bytes) => {
    expect(hasExternalData(bytes)).toBe(true);
  });

  test('weights inside are fine, whatever their bytes look like', () => {
    expect(hasExternalData(model(field(5, inside), field(5, rawData)))).toBe(false);
  });

  test('bytes that are no model, and truncated models, end without a verdict', () => {
    const whole = model(field(1, field(5, field(5, inside))), field(5, inside));
    for (let end = 0; end < whole.length; end++) {
      expect(hasExternalData(whole.subarray(0, end))).toBe(false);
    }
    expect(hasExternalData(new Uint8Array(1000).fill(0xff))).toBe(false);
  });

  test('graphs within graphs beyond what a reader follows do not exhaust the stack', () => {
    let nested: number[] = field(5, outside);
    for (let i = 0; i < 100; i++) nested = field(1, field(5, field(6, nested)));
    expect(hasExternalData(model(nested))).toBe(false);
  });
});
