import { expect, test } from '@jest/globals';
import { ExportError } from './error.ts';

test('an error carries its code and problems, and is known by its marker', () => {
  const cause = new Error('below');
  const error = new ExportError('unsupported', 'no', { cause, problems: ['a', 'b'] });
  expect(error).toMatchObject({ name: 'ExportError', code: 'unsupported', message: 'no', cause });
  expect(error.problems).toEqual(['a', 'b']);
  expect(ExportError.isInstance(error)).toBe(true);
  // As another copy of the package would make it.
  expect(ExportError.isInstance({ [Symbol.for('latentkit.tfjs-to-onnx.error')]: true })).toBe(true);
  expect(ExportError.isInstance(new Error('other'))).toBe(false);
  expect(ExportError.isInstance(null)).toBe(false);
});
