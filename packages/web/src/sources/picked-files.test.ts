import { expect, test } from '@jest/globals';
import { byName, isPicked } from './picked-files.ts';

const file = (name: string) => new File(['x'], name);

test('files are found by their names', () => {
  const list = [file('model.json'), file('encoder.onnx')];
  expect(isPicked(list)).toBe(true);
  expect(isPicked(new Set(list))).toBe(true);
  expect(isPicked({ 'model.json': list[0] })).toBe(false);
  expect(byName(list)).toEqual({ 'model.json': list[0], 'encoder.onnx': list[1] });
});

test('what is no file, and two files of one name, are refused', () => {
  expect(() => byName([{ name: 'a' } as File])).toThrow(/expected a list of files/);
  expect(() => byName([file('a'), file('a')])).toThrow(/two files called a/);
});
