import { expect, describe as group, jest, test } from '@jest/globals';
import {
  AbortedError,
  DeviceError,
  describe,
  IntegrityError,
  LatentkitError,
  throwIfAborted,
} from './index.ts';

group('LatentkitError.isInstance', () => {
  test('knows its subclasses, and nothing else', () => {
    expect(LatentkitError.isInstance(new IntegrityError('a', 'b', 'c'))).toBe(true);
    for (const other of [new Error('x'), null, undefined, 'x', {}, { code: 'integrity' }]) {
      expect(LatentkitError.isInstance(other)).toBe(false);
    }
  });

  test('knows errors of another copy of the package', () => {
    jest.isolateModules(() => {
      const copy = require('./index.ts') as typeof import('./index.ts');
      const error = new copy.ArgumentError('steps', 'an integer', 1.5);
      expect(error).not.toBeInstanceOf(LatentkitError);
      expect(LatentkitError.isInstance(error)).toBe(true);
    });
  });
});

test('DeviceError lists every attempt, and numbers each remedy once', () => {
  const error = new DeviceError('No device.', [
    { device: 'cuda', ok: false, reason: 'no driver', remedy: 'Install the driver.' },
    { device: 'tensorrt', ok: false, reason: 'no driver', remedy: 'Install the driver.' },
    { device: 'webgpu', ok: false, reason: 'no adapter', remedy: 'Use a GPU.' },
  ]);
  expect(error.message).toBe(
    'No device.\n  - cuda: no driver\n  - tensorrt: no driver\n  - webgpu: no adapter\n' +
      'What to do:\n  1. Install the driver.\n  2. Use a GPU.',
  );
});

test('throwIfAborted carries the reason', () => {
  expect(() => throwIfAborted(undefined, 'x')).not.toThrow();
  expect(() => throwIfAborted(new AbortController().signal, 'x')).not.toThrow();
  const reason = new Error('closed');
  expect(() => throwIfAborted(AbortSignal.abort(reason), 'Loading')).toThrow(AbortedError);
  expect(() => throwIfAborted(AbortSignal.abort(reason), 'Loading')).toThrow(
    expect.objectContaining({ name: 'AbortError', code: 'aborted', cause: reason }),
  );
});

test.each([
  ['a', "'a'"],
  [[1, 'b'], "[1, 'b']"],
  [new Float32Array(3), 'a Float32Array of 3'],
  [{ a: 1, b: 2 }, 'an object with a, b'],
  [{}, 'an object with no keys'],
  [null, 'null'],
  [Number.NaN, 'NaN'],
  [() => 1, 'a function'],
])('describe(%p)', (value, text) => {
  expect(describe(value)).toBe(text);
});
