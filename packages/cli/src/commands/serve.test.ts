import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tinyModel, writeFiles } from '../../../../test/fixtures/tiny-model.ts';
import { main } from '../main.ts';
import { recordingIo } from '../testing.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-serve-'));
  await writeFiles(root, tinyModel().files);
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('a server that is stopped while it loads ends with 0, and no talk of what was written', async () => {
  const io = recordingIo();
  const before = process.listenerCount('SIGTERM');
  const ended = main(['serve', root, '--port', '0'], io);
  while (process.listenerCount('SIGTERM') === before) await new Promise(setImmediate);
  process.emit('SIGTERM');
  expect(await ended).toBe(0);
  expect(io.said.join('\n')).not.toMatch(/Interrupted|oip\+/);
});
