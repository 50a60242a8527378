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
