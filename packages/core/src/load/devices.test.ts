import { describe, expect, test } from '@jest/globals';
import { AbortedError, ArgumentError, DeviceError, LatentkitError } from '../errors/index.ts';
import { fakeEncoder } from '../testing.ts';
import {
  checkDevices,
  checkExecution,
  checkThreads,
  endsSearch,
  openAll,
  openOnFirst,
} from './devices.ts';

const open = async (device: string) => {
  if (device === 'cpu') return { runners: {}, reason: 'opened with 1 thread' };
  throw new Error(`no ${device} here`);
};
const remedy = (device: string) => (device === 'cuda' ? 'Install CUDA.' : undefined);

test('falls back in order and keeps every reason', async () => {
  await expect(
    openOnFirst(['cuda', 'webgpu', 'cpu', 'never'], false, open, remedy),
  ).resolves.toEqual({
    runners: {},
    attempts: [
      { device: 'cuda', ok: false, reason: 'no cuda here', remedy: 'Install CUDA.' },
      { device: 'webgpu', ok: false, reason: 'no webgpu here' },
      { device: 'cpu', ok: true, reason: 'opened with 1 thread' },
    ],
  });
});

test('strict tries the first device alone', async () => {
  await expect(openOnFirst(['cuda', 'cpu'], true, open, remedy)).rejects.toMatchObject({
    code: 'device-unavailable',
    attempts: [{ device: 'cuda', ok: false }],
    message:
      'No device could run the model (tried cuda; strict: no fallback).\n' +
      '  - cuda: no cuda here\nWhat to do:\n  1. Install CUDA.',
  });
});

test('where none opens, all are told', async () => {
  await expect(openOnFirst(['cuda', 'webgpu'], false, open, remedy)).rejects.toMatchObject({
    code: 'device-unavailable',
    attempts: [{ device: 'cuda' }, { device: 'webgpu' }],
    message:
      'No device could run the model (tried cuda, webgpu).\n' +
      '  - cuda: no cuda here\n  - webgpu: no webgpu here\nWhat to do:\n  1. Install CUDA.',
  });
});

test('an abort ends the search', async () => {
  const aborted = async () => {
    throw new AbortedError('Loading', AbortSignal.abort());
  };
  await expect(openOnFirst(['cuda', 'cpu'], false, aborted, remedy)).rejects.toMatchObject({
    code: 'aborted',
  });
});

test.each<[string, unknown, boolean]>([
  ['an abort', new AbortedError('Loading', AbortSignal.abort()), true],
  ['a damaged file', new LatentkitError('invalid-data', 'cut short'), true],
  ['a device that is absent', new DeviceError('none', []), false],
  ['a run that failed', new LatentkitError('runtime', 'it failed'), false],
  ['an error of somebody else', new Error('it failed'), false],
  ['what is no error', 'aborted', false],
])('%s ends the search for a device, or not', (_, error, ends) => {
  expect(endsSearch(error)).toBe(ends);
});

const KNOWN = ['cuda', 'webgpu', 'cpu'] as const;
type Known = (typeof KNOWN)[number];

test.each<[Parameters<typeof checkDevices<Known>>[0], 'auto' | Known[]]>([
  ['auto', 'auto'],
  ['cpu', ['cpu']],
  [
    ['webgpu', 'cpu'],
    ['webgpu', 'cpu'],
  ],
  [
    ['cpu', 'cuda', 'cpu'],
    ['cpu', 'cuda'],
  ],
])('the policy %j is %j', (option, devices) => {
  expect(checkDevices(option, KNOWN)).toEqual(devices);
});

test.each([[[]], ['tpu'], [['cpu', 'tpu']], [['auto']], [undefined], [5]])(
  'the policy %j is none',
  (option) => {
    expect(() => checkDevices(option as never, KNOWN)).toThrow(
      new ArgumentError('device', "'auto', or one or several of cuda, webgpu, cpu", option),
    );
  },
);

test('runs happen inline or in a worker', () => {
  for (const execution of ['inline', 'worker']) {
    expect(() => checkExecution(execution)).not.toThrow();
  }
  for (const other of ['thread', undefined, true]) {
    expect(() => checkExecution(other)).toThrow(
      new ArgumentError('execution', "'inline' or 'worker'", other),
    );
  }
});

test('threads are 1 to 256', () => {
  for (const count of [1, 2, 256]) expect(() => checkThreads('threads', count)).not.toThrow();
  for (const other of [0, 257, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '4', undefined]) {
    expect(() => checkThreads('threads', other)).toThrow(
      new ArgumentError('threads', 'an integer from 1 to 256', other),
    );
  }
});

describe('openAll', () => {
  const graphs = { encoder: Uint8Array.of(1), decoder: Uint8Array.of(2), prior: Uint8Array.of(3) };

  /** Opens graphs until one's first byte is `bad`, and notes what is opened and freed. */
  function opener(bad?: number) {
    const opened: number[] = [];
    const freed: number[] = [];
    const open = async ([first = 0]: Uint8Array) => {
      if (first === bad) throw new Error('no graph');
      opened.push(first);
      return fakeEncoder({ dispose: async () => void freed.push(first) });
    };
    return { open, opened, freed };
  }

  test('opens each, one after the other', async () => {
    const { open, opened, freed } = opener();
    expect(Object.keys(await openAll(graphs, { open, signal: undefined }))).toEqual(
      Object.keys(graphs),
    );
    expect({ opened, freed }).toEqual({ opened: [1, 2, 3], freed: [] });
  });

  test('frees those that are open where one fails', async () => {
    const { open, opened, freed } = opener(3);
    await expect(openAll(graphs, { open, signal: undefined })).rejects.toThrow('no graph');
    expect({ opened, freed }).toEqual({ opened: [1, 2], freed: [1, 2] });
  });

  test('stops between two graphs, and frees the first', async () => {
    const { open, opened, freed } = opener();
    const controller = new AbortController();
    const last = (bytes: Uint8Array) => {
      controller.abort();
      return open(bytes);
    };
    await expect(openAll(graphs, { open: last, signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect({ opened, freed }).toEqual({ opened: [1], freed: [1] });
  });
});
