import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { openPictures } from '../sources/open-source.ts';
import { errorOf, folderOf, picture, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { type PrepareProgress, prepare } from './prepare.ts';

afterAll(removeTemporaryFolders);

const target = { width: 8, height: 8, channels: 3 } as const;

/** Many names for a few pictures: decoding takes as long, making them does not. */
async function manyPictures(count: number): Promise<string> {
  const few = await Promise.all(Array.from({ length: 8 }, (_, i) => picture(i)));
  return folderOf(
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.png`, few[i % 8] as Buffer])),
  );
}

describe('prepare', () => {
  test('tells how far it is, and keeps order whatever is ready first', async () => {
    const folder = await manyPictures(600);
    const source = await openPictures(folder);
    const seen: PrepareProgress[] = [];
    const cacheDir = temporaryFolder();
    const prepared = await prepare(source, target, { cacheDir, onProgress: (p) => seen.push(p) });
    expect(seen.map(({ done }) => done)).toEqual([256, 512, 600]);
    const bytes = readFileSync(prepared.path);
    expect(bytes).toHaveLength(600 * 192);
    const rowOf = (i: number) => bytes.subarray(i * 192, (i + 1) * 192).toString('hex');
    const numbers = source.entries.map(({ id }) => Number(id.replace('.png', '')));
    for (const [row, number] of numbers.entries()) {
      expect(rowOf(row)).toBe(rowOf(numbers.indexOf(number % 8)));
    }
  });

  test('an abort ends it; what is done stays done', async () => {
    const source = await openPictures(await manyPictures(600));
    const cacheDir = temporaryFolder();
    const controller = new AbortController();
    const stopped = await errorOf(() =>
      prepare(source, target, {
        cacheDir,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    );
    expect(stopped.code).toBe('aborted');
    const seen: number[] = [];
    await prepare(source, target, { cacheDir, onProgress: ({ done }) => seen.push(done) });
    expect(seen).toEqual([512, 600]);
  });

  test('two at a time do not disturb each other', async () => {
    const source = await openPictures(await manyPictures(300));
    const cacheDir = temporaryFolder();
    const [a, b] = await Promise.all([
      prepare(source, target, { cacheDir }),
      prepare(source, target, { cacheDir }),
    ]);
    expect(a.sha256).toBe(b.sha256);
    expect(readdirSync(cacheDir)).toHaveLength(2);
  });

  test('killed again and again, it ends with what an undisturbed one gives', async () => {
    const folder = await manyPictures(1000);
    const source = await openPictures(folder);
    const expected = await prepare(source, target, { cacheDir: temporaryFolder() });
    const cacheDir = temporaryFolder();
    const program = `
      const { openPictures, prepare } = await import(${JSON.stringify(join(__dirname, '../index.ts'))});
      await prepare(await openPictures(${JSON.stringify(folder)}), ${JSON.stringify(target)}, {
        cacheDir: ${JSON.stringify(cacheDir)},
        onProgress: ({ done }) => console.log(done),
      });`;
    const tsx = createRequire(__filename).resolve('tsx/cli');
    const args = [tsx, '--conditions=latentkit-source', '--input-type=module', '-e', program];
    let [kills, last] = [0, 0];
    for (let delay = 0; ; delay += 7) {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
      // Some time after its first chunk, each time another.
      child.stdout.on('data', async (chunk: Buffer) => {
        const done = Number(chunk.toString().trim().split('\n').at(-1));
        expect(done).toBeGreaterThan(last);
        last = done;
        await sleep(delay % 20);
        if (kills < 2) child.kill('SIGKILL');
      });
      if ((await ended) === 0) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(0);
    const prepared = await prepare(source, target, { cacheDir });
    expect(prepared.sha256).toBe(expected.sha256);
    expect(readFileSync(prepared.path)).toEqual(readFileSync(expected.path));
    expect(readdirSync(cacheDir)).toHaveLength(2);
  }, 120_000);
});
