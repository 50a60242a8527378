import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as errors from './index.ts';
import {
  AbortedError,
  ArgumentError,
  CardError,
  DeviceError,
  DisposedError,
  InputError,
  IntegrityError,
  LatentkitError,
  throwIfAborted,
} from './index.ts';

/** One error of each class, made by a given copy of the package. */
const samples = (copy: typeof errors): Record<string, LatentkitError> => ({
  LatentkitError: new copy.LatentkitError('runtime', 'it failed'),
  AbortedError: new copy.AbortedError('Loading', {}),
  ArgumentError: new copy.ArgumentError('steps', 'an integer', 1.5),
  CardError: new copy.CardError('invalid-card', 'no card'),
  DeviceError: new copy.DeviceError('no device', []),
  DisposedError: new copy.DisposedError('encoder'),
  InputError: new copy.InputError('batch', 'one item', 'two'),
  IntegrityError: new copy.IntegrityError('a', 'b', 'c'),
});

const CLASSES = {
  LatentkitError,
  AbortedError,
  ArgumentError,
  CardError,
  DeviceError,
  DisposedError,
  InputError,
  IntegrityError,
};

describe('isInstance', () => {
  test('is tried here for every class that is exported', () => {
    const exported = Object.entries(errors).filter(([, value]) => 'isInstance' in value);
    expect(exported.map(([name]) => name).sort()).toEqual(Object.keys(CLASSES).sort());
    expect(Object.keys(samples(errors)).sort()).toEqual(Object.keys(CLASSES).sort());
  });

  let another: typeof errors;
  beforeAll(() =>
    jest.isolateModulesAsync(async () => {
      another = await import('./index.ts');
    }),
  );

  test.each(Object.keys(CLASSES) as (keyof typeof CLASSES)[])(
    '%s knows its own errors alone, of any copy of the package',
    (name) => {
      const known = (copy: typeof errors) =>
        Object.entries(samples(copy))
          .filter(([, error]) => CLASSES[name].isInstance(error))
          .map(([className]) => className);
      const own = name === 'LatentkitError' ? Object.keys(CLASSES) : [name];
      expect(known(errors).sort()).toEqual([...own].sort());
      expect(known(another).sort()).toEqual([...own].sort());
      expect(samples(another)[name]).not.toBeInstanceOf(LatentkitError);
      for (const other of [new Error('x'), null, undefined, 'x', {}, { code: 'integrity' }]) {
        expect(CLASSES[name].isInstance(other)).toBe(false);
      }
    },
  );

  test('narrows to the class, and leaves the others in the other branch', () => {
    const read = (error: LatentkitError): string => {
      if (IntegrityError.isInstance(error)) return error.file;
      if (DisposedError.isInstance(error)) return error.code satisfies 'disposed';
      return error.message;
    };
    expect(read(new IntegrityError('decoder.onnx', '1 byte', '2 bytes'))).toBe('decoder.onnx');
    expect(read(new DisposedError('encoder'))).toBe('disposed');
    expect(read(new LatentkitError('runtime', 'it failed'))).toBe('it failed');
  });

  test('the markers do not show where the error is printed', () => {
    expect(Object.keys(new InputError('a', 'b', 'c'))).toEqual([
      'code',
      'name',
      'expected',
      'received',
    ]);
  });
});

test('DeviceError lists every attempt, and numbers each remedy once', () => {
  const error = new DeviceError('No device.', [
    { device: 'cuda', ok: false, reason: 'no driver', remedy: 'Install the driver.' },
    { device: 'tensorrt', ok: false, reason: 'no driver', remedy: 'Install the driver.' },
    { device: 'webgpu', ok: false, reason: 'no adapter', remedy: 'Use a GPU.' },
    { device: 'cpu', ok: true, reason: 'opened', remedy: 'None is needed.' },
  ]);
  expect(error.message).toBe(
    'No device.\n  - cuda: no driver\n  - tensorrt: no driver\n  - webgpu: no adapter\n' +
      '  - cpu: opened\nWhat to do:\n  1. Install the driver.\n  2. Use a GPU.',
  );
  expect(new DeviceError('No device.', []).message).toBe('No device.');
});

describe('AbortedError', () => {
  test('throwIfAborted carries the reason', () => {
    expect(() => throwIfAborted(undefined, 'x')).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal, 'x')).not.toThrow();
    const reason = new Error('closed');
    expect(() => throwIfAborted(AbortSignal.abort(reason), 'Loading')).toThrow(AbortedError);
    expect(() => throwIfAborted(AbortSignal.abort(reason), 'Loading')).toThrow(
      expect.objectContaining({
        name: 'AbortError',
        code: 'aborted',
        cause: reason,
        message: 'Loading was aborted.',
      }),
    );
  });

  test('says that a timeout was one', () => {
    const reason = new DOMException('late', 'TimeoutError');
    expect(new AbortedError('Loading', { reason })).toMatchObject({
      name: 'TimeoutError',
      code: 'timeout',
      cause: reason,
      message: 'Loading took longer than its timeout.',
    });
  });

  test.each([[null], [0], [{}], [new AbortController()]])('%p is no signal', (signal) => {
    expect(() => throwIfAborted(signal as never, 'x')).toThrow(ArgumentError);
  });
});
