import { expect, test } from '@jest/globals';
import { checkFileName, maxBytesOf } from './source-limits.ts';

test('a file has as many bytes as its card says at most, and the card 16 MiB', () => {
  expect(maxBytesOf({ bytes: 5, sha256: '' })).toBe(5);
  expect(maxBytesOf(undefined)).toBe(16 * 1024 * 1024);
});

test.each(['model.json', 'a', '_', '0', 'Encoder_fp16-v1.2.onnx', 'a..b'])(
  '%j is a bare name',
  (file) => {
    expect(() => checkFileName(file)).not.toThrow();
  },
);

test.each(['', '.', '..', '.hidden', '-a', 'a/b', '/a', 'a\\b', '../a', 'a b', 'ä', 'a\n', 'a:b'])(
  '%j is none',
  (file) => {
    expect(() => checkFileName(file)).toThrow(
      expect.objectContaining({
        code: 'invalid-card',
        message: `'${file}' is not a bare file name: a model's files lie beside its card.`,
      }),
    );
  },
);
