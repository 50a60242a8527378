import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DeviceError, type GraphRunner, LatentkitError, tensor } from '@latentkit/core';
import type { Device } from '../ort/devices.ts';
import { openOnFastest } from './auto-device.ts';
import { fastestOf } from './measured-device.ts';

/** Milliseconds on a clock that only runs move: what else the machine does must not count. */
let clock = 0;

beforeEach(() => {
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** Devices whose runs take so many milliseconds, or fail; and those that compute wrongly. */
function machine(
  speeds: Partial<Record<Device, number | 'absent' | 'crashes'>>,
  wrong: readonly Device[] = [],
) {
  const disposed: string[] = [];
  const open = async (device: Device): Promise<Record<string, GraphRunner>> => {
    const speed = speeds[device];
    if (speed === 'absent' || speed === undefined) {
      throw new LatentkitError('device-unavailable', `${device} is absent`);
    }
    return {
      encoder: {
        device,
        inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 4] }],
        outputs: [],
        async run({ x }) {
          expect(x?.dims).toEqual([64, 4]);
          if (speed === 'crashes') throw new Error('driver crashed');
          clock += speed;
          return { y: tensor(new Float32Array(1)) };
        },
        dispose: async () => {
          disposed.push(device);
        },
      },
    };
  };
  const tested: string[] = [];
  const test = async (device: Device): Promise<string> => {
    tested.push(device);
    if (!wrong.includes(device)) return '; computes rightly';
    const attempt = { device, ok: false, reason: 'computes wrongly', error: 0.5 };
    throw new DeviceError(`${device} cannot be trusted.`, [attempt]);
  };
  return { open, test, disposed, tested };
}

describe('fastestOf', () => {
  test('a small model stays on the CPU, and no other device is touched', async () => {
    const opener = machine({ cpu: 0.1, cuda: 'crashes' });
    const { runners, attempts } = await fastestOf(['cuda'], opener);
    expect(runners['encoder']?.device).toBe('cpu');
    expect(attempts).toEqual([
      { device: 'cpu', ok: true, reason: expect.stringContaining('too little work') },
    ]);
  });

  test('the fastest device wins, the others are freed, and every attempt is told', async () => {
    const opener = machine({ cpu: 12, cuda: 6, webgpu: 2, coreml: 'absent' });
    const { runners, attempts } = await fastestOf(['cuda', 'coreml', 'webgpu'], opener);
    const { disposed } = opener;
    expect(runners['encoder']?.device).toBe('webgpu');
    expect(disposed).toEqual(['cpu', 'cuda']);
    expect(attempts.map(({ device, ok }) => [device, ok])).toEqual([
      ['cpu', false],
      ['coreml', false],
      ['cuda', false],
      ['webgpu', true],
    ]);
    expect(attempts[1]?.reason).toBe('coreml is absent');
    expect(attempts[3]?.reason).toMatch(/the fastest: 64 items take \d/);
  });

  test('a device that is hardly faster than the CPU, or fails to run, is not taken', async () => {
    const opener = machine({ cpu: 10, cuda: 9, webgpu: 'crashes' });
    const { runners, attempts } = await fastestOf(['cuda', 'webgpu'], opener);
    const { disposed } = opener;
    expect(runners['encoder']?.device).toBe('cpu');
    expect(disposed).toEqual(['cuda', 'webgpu']);
    expect(attempts.map(({ device }) => device)).toEqual(['cuda', 'webgpu', 'cpu']);
    expect(attempts[1]?.reason).toBe('driver crashed');
  });

  test('the fastest that computes wrongly is passed over with its error, and the next one taken', async () => {
    const opener = machine({ cpu: 12, cuda: 2, webgpu: 6 }, ['cuda']);
    const { runners, attempts } = await fastestOf(['cuda', 'webgpu'], opener);
    expect(runners['encoder']?.device).toBe('webgpu');
    expect(opener.disposed).toEqual(['cuda', 'cpu']);
    // One that is too slow is not taken, whatever it computes.
    expect(opener.tested).toEqual(['cuda', 'webgpu']);
    expect(attempts[0]).toEqual({
      device: 'cuda',
      ok: false,
      reason: 'computes wrongly',
      error: 0.5,
    });
  });
});

describe('openOnFastest', () => {
  test('the CPU is what is left; where it computes wrongly as well, that is an error', async () => {
    const graphs = { encoder: Uint8Array.of(1) };
    const sound = machine({ cpu: 0.1 });
    const { attempts } = await openOnFastest(graphs, { cacheDir: '/nowhere', ...sound });
    expect(attempts.at(-1)).toMatchObject({
      device: 'cpu',
      ok: true,
      reason: expect.stringMatching(/; computes rightly$/),
    });
    const broken = machine({ cpu: 0.1 }, ['cpu']);
    await expect(openOnFastest(graphs, { cacheDir: '/nowhere', ...broken })).rejects.toMatchObject({
      code: 'device-unavailable',
      message: expect.stringContaining('cpu: computes wrongly'),
    });
    expect(broken.disposed).toEqual(['cpu']);
  });
});
