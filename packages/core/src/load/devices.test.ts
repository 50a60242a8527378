import { expect, test } from '@jest/globals';
import { AbortedError } from '../errors/index.ts';
import { openOnFirst } from './devices.ts';

const open = async (device: string) => {
  if (device === 'cpu') return 'session';
  throw new Error(`no ${device} here`);
};
const remedy = (device: string) => (device === 'cuda' ? 'Install CUDA.' : undefined);

test('falls back in order and keeps every reason', async () => {
  await expect(
    openOnFirst(['cuda', 'webgpu', 'cpu', 'never'], false, open, remedy),
  ).resolves.toEqual({
    opened: 'session',
    attempts: [
      { device: 'cuda', ok: false, reason: 'no cuda here', remedy: 'Install CUDA.' },
      { device: 'webgpu', ok: false, reason: 'no webgpu here' },
      { device: 'cpu', ok: true, reason: 'opened' },
    ],
  });
});

test('strict tries the first device alone', async () => {
  await expect(openOnFirst(['cuda', 'cpu'], true, open, remedy)).rejects.toMatchObject({
    code: 'device-unavailable',
    attempts: [{ device: 'cuda', ok: false }],
    message: expect.stringContaining('1. Install CUDA.'),
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
