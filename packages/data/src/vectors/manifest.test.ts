import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { errorOf, folderOf, removeTemporaryFolders } from '../testing.ts';
import { readManifest } from './manifest.ts';

afterAll(removeTemporaryFolders);

const manifest = async (bytes: Uint8Array | string) =>
  readManifest(join(await folderOf({ 'list.jsonl': bytes }), 'list.jsonl'));

test('lines are read whole, however they end and wherever the file is cut into pieces', async () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => `ключ/ü-${i}.png`);
  for (const end of ['\n', '\r\n']) {
    const text = ids.map((id) => JSON.stringify({ id })).join(end);
    expect((await manifest(text)).items.map(({ id }) => id)).toEqual(ids);
  }
});

test('another encoding than UTF-8 is refused: its names could not be told apart', async () => {
  for (const cut of [0, 3]) {
    const bytes = Buffer.from('{"id":"é.png"}\n{"id":"ü.png"}\n{"id":"ß', 'latin1');
    const error = await errorOf(() => manifest(bytes.subarray(0, bytes.length - cut)));
    expect([error.code, error.message]).toEqual([
      'invalid-data',
      expect.stringMatching(/list\.jsonl is no text in UTF-8.*Save it in UTF-8/),
    ]);
  }
});
