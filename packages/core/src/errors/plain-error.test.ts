import { describe, expect, test } from '@jest/globals';
import { DeviceError, InputError, LatentkitError } from './index.ts';
import { fromPlainError, toPlainError } from './plain-error.ts';

const crossing = (error: unknown) => fromPlainError(structuredClone(toPlainError(error)));

describe('an error that crosses to another thread', () => {
  test('keeps its code and message', () => {
    const error = new InputError('batch', 'four values', 'five');
    const revived = crossing(error);
    expect(LatentkitError.isInstance(revived)).toBe(true);
    expect(revived).toMatchObject({ code: 'invalid-input', message: error.message });
    expect(DeviceError.isInstance(revived)).toBe(false);
  });

  test.each([
    [new InputError('batch', 'four values', 'five')],
    [new DeviceError('No device.', [])],
  ])('says where it came from, with the stack of that place: %s', (error) => {
    expect(crossing(error).cause).toEqual({ where: 'in the worker', stack: error.stack });
  });

  test('is plain: attempts are there for an error of devices alone', () => {
    expect(Object.keys(toPlainError(new Error('x')))).toEqual(['code', 'message', 'stack']);
  });

  test('keeps its attempts, and composes its message once', () => {
    const attempts = [{ device: 'webgpu', ok: false, reason: 'none', remedy: 'buy one' }];
    const error = new DeviceError('No device.', attempts);
    const revived = crossing(error);
    expect(revived).toBeInstanceOf(DeviceError);
    expect(revived).toMatchObject({ code: 'device-unavailable', attempts, message: error.message });
  });

  test('is a runtime error if it was none of ours', () => {
    expect(crossing(new TypeError('x is undefined'))).toMatchObject({
      code: 'runtime',
      message: 'x is undefined',
    });
  });
});
