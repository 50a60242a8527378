import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { embedFiles, loadVectors } from '@latentkit/data';
import { loadEncoder } from '@latentkit/node';
import sharp from 'sharp';
import { ROOT, scratchFolder } from '../cli/run-command.ts';
import { findPython } from './find-python.ts';
import { skipSuite } from './skip-suite.ts';

const COUNT = 1000;
const MODEL = join(ROOT, 'models/mnist-vae');

const ray = findPython('LATENTKIT_RAY', ['ray.data', 'onnxruntime', 'PIL']);
if ('missing' in ray) skipSuite('The example of Ray Data', ray.missing);
else {
  describe('the example of Ray Data', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await scratchFolder();
      await mkdir(join(folder, 'pictures/more'), { recursive: true });
      for (let i = 0; i < COUNT; i++) await writeFile(nameOf(folder, i), await draw(i));
      await writeFile(join(folder, 'pictures/bad.png'), 'no picture');
    }, 120_000);

    test('gives the vectors of Node for 1,000 pictures, to 1e-5, in a file of latentkit', async () => {
      const script = join(ROOT, 'examples/python/ray_embed.py');
      const out = join(folder, 'ray.parquet');
      const args = [script, MODEL, join(folder, 'pictures'), '--out', out];
      // Ray's processes yield to all others by default, which on a busy machine is for ever.
      const env = { ...process.env, RAY_worker_niceness: '0' };
      const { status, stdout, stderr } = spawnSync(ray.python, args, { encoding: 'utf8', env });
      expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
      expect(JSON.parse(stdout.trim().split('\n').at(-1) as string)).toEqual({
        rows: COUNT,
        leftOut: 1,
      });
      const encoder = await loadEncoder(MODEL);
      const alone = join(folder, 'node.parquet');
      await embedFiles(encoder, join(folder, 'pictures'), { out: alone, modelPath: MODEL });
      const [theirs, ours] = [await loadVectors(out), await loadVectors(alone)];
      expect(theirs.info).toEqual({ ...ours.info, digest: undefined });
      const size = ours.info.size;
      const byId = new Map(theirs.rows.map((row, i) => [row.id, { row, i }]));
      let furthest = 0;
      for (const [i, row] of ours.rows.entries()) {
        const their = byId.get(row.id);
        expect(their?.row).toEqual(row);
        for (let j = 0; j < size; j++) {
          const [a, b] = [ours.vectors[i * size + j], theirs.vectors[(their?.i ?? 0) * size + j]];
          furthest = Math.max(furthest, Math.abs((a as number) - (b as number)));
        }
      }
      process.stderr.write(`Ray and Node: ${COUNT} pictures, at most ${furthest} apart\n`);
      expect(furthest).toBeLessThanOrEqual(1e-5);
      // What Ray embedded, Node does not embed again.
      const again = await embedFiles(encoder, join(folder, 'pictures'), { out });
      await encoder.dispose();
      expect(again).toMatchObject({ embedded: 0, unchanged: COUNT });
    }, 600_000);
  });
}

function nameOf(folder: string, i: number): string {
  return join(folder, 'pictures', i % 3 ? '' : 'more', `${i}.png`);
}

/** Noise over a gradient, of all colours, shapes and sizes: what the steps of docs/pictures.md tell apart. */
function draw(i: number): Promise<Buffer> {
  const channels = ([1, 3, 4] as const)[i % 3] as 1 | 3 | 4;
  const [width, height] = [1 + ((i * 37) % 190), 1 + ((i * 53) % 170)];
  const data = new Uint8Array(width * height * channels);
  let state = i;
  for (let at = 0; at < data.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[at] = ((at * 5) % 200) + (state >>> 26);
  }
  return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
}
