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
const samples = (copy: typeof errors) => ({
  LatentkitError: new copy.LatentkitError('runtime', 'it failed'),
  AbortedError: new copy.AbortedError('Loading', {}),
  ArgumentError: new copy.ArgumentError('steps', 'an integer', 1.5),
  CardError: new copy.CardError('invalid-card', 'no card'),
  DeviceError: new copy.DeviceError('no device', []),
  DisposedError: new copy.DisposedError('The encoder'),
  InputError: new copy.InputError('batch', 'one item', 'two'),
  IntegrityError: new copy.IntegrityError('decoder.onnx', '1 byte', '2 bytes'),
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

/** What the sample of each class is made of; an aborted call has the name that web APIs give it. */
const FIELDS: Record<keyof typeof CLASSES, Partial<Record<string, unknown>>> = {
  LatentkitError: { code: 'runtime', name: 'LatentkitError', message: 'it failed' },
  AbortedError: { code: 'aborted', name: 'AbortError', message: 'Loading was aborted.' },
  ArgumentError: {
    code: 'invalid-argument',
    name: 'ArgumentError',
    argument: 'steps',
    message: 'steps: expected an integer, received 1.5.',
  },
  CardError: { code: 'invalid-card', name: 'CardError', issues: [], message: 'no card' },
  DeviceError: {
    code: 'device-unavailable',
    name: 'DeviceError',
    attempts: [],
    message: 'no device',
  },
  DisposedError: {
    code: 'disposed',
    name: 'DisposedError',
    message: 'The encoder was used after dispose(). Load the model again to go on.',
  },
  InputError: {
    code: 'invalid-input',
    name: 'InputError',
    expected: 'one item',
    received: 'two',
    message: 'batch: expected one item, received two.',
  },
  IntegrityError: {
    code: 'integrity',
    name: 'IntegrityError',
    file: 'decoder.onnx',
    expected: '1 byte',
    received: '2 bytes',
    message:
      'decoder.onnx is not the file that the model card describes: expected 1 byte, received 2 bytes. ' +
      'The file was altered or only partly copied; fetch or export the model again.',
  },
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
    expect(Object.getOwnPropertySymbols({ ...new InputError('a', 'b', 'c') })).toEqual([]);
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

test.each(Object.keys(CLASSES) as (keyof typeof CLASSES)[])(
  '%s says what it is made of, and is printed under its name',
  (name) => {
    const error = samples(errors)[name];
    expect(error).toMatchObject(FIELDS[name]);
    expect(String(error)).toBe(`${FIELDS[name]['name']}: ${error.message}`);
  },
);

describe('what an attempt on a device adds to a report', () => {
  const failed = { device: 'webgpu', ok: false, reason: 'no adapter' };

  test('is the message of the error, with a remedy if there is one', () => {
    const error = new Error('no adapter');
    expect(DeviceError.attemptsOf('webgpu', error)).toEqual([failed]);
    expect(Object.keys(DeviceError.attemptsOf('webgpu', error)[0] ?? {})).not.toContain('remedy');
    expect(DeviceError.attemptsOf('webgpu', error, 'Use a GPU.')).toEqual([
      { ...failed, remedy: 'Use a GPU.' },
    ]);
  });

  test('is what the error tells of, where it lists attempts itself', () => {
    const attempts = [failed, { device: 'cpu', ok: false, reason: 'no memory' }];
    const error = new DeviceError('No device.', attempts);
    expect(DeviceError.attemptsOf('auto', error, 'Buy one.')).toEqual(attempts);
    expect(DeviceError.attemptsOf('auto', new DeviceError('No device.', []))).toEqual([
      { device: 'auto', ok: false, reason: 'No device.' },
    ]);
  });
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
    expect(() => throwIfAborted(signal as never, 'x')).toThrow(
      new ArgumentError('signal', 'an AbortSignal (controller.signal)', signal),
    );
  });
});
