/** Measures one contender in a process of its own: `measure.ts NAME PACKAGES COUNT SIZE`; see compare.ts. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRandom } from '@latentkit/core';
import { VectorIndex } from '@latentkit/data';
import { CONTENDERS, type Metric } from './contenders.ts';

export interface Measured {
  readonly rowsPerSecond: number;
  /** Milliseconds of the quickest query: the others were held up by other work. */
  readonly cosine: number;
  readonly euclidean: number;
  /** Of what lies on disk when all is closed. */
  readonly bytes: number;
  /** The share of the ids of an exact search that were found. */
  readonly recall: number;
}

const K = 10;
const QUERIES = 25;
/** Rows that are inserted together, as `latentkit embed` would. */
const BATCH = 1000;

const [name, packages, count, size] = process.argv.slice(2) as [string, string, string, string];
const [rows, width] = [Number(count), Number(size)];
const contender = CONTENDERS.find((each) => each.name === name);
if (!contender) throw new Error(`There is no contender '${name}'.`);
const { resolve } = createRequire(join(packages, 'package.json'));
const load = (id: string) => import(pathToFileURL(resolve(id)).href) as Promise<never>;
const draw = (many: number, seed: number) =>
  createRandom(seed, 'stores').fillNormal(new Float32Array(many * width));

const folder = await mkdtemp(join(tmpdir(), 'latentkit-store-'));
try {
  const vectors = draw(rows, 1);
  const ids = Array.from({ length: rows }, (_, i) => `pictures/${i}.png`);
  const trial = await contender.open(load, folder, width);
  const began = performance.now();
  for (let from = 0; from < rows; from += BATCH) {
    const to = Math.min(rows, from + BATCH);
    await trial.insert(ids.slice(from, to), vectors.slice(from * width, to * width));
  }
  const rowsPerSecond = (1000 * rows) / (performance.now() - began);
  const index = new VectorIndex(vectors, width);
  let found = 0;
  const quickest = async (metric: Metric) => {
    const times: number[] = [];
    // The first warms up.
    for (let i = 0; i <= QUERIES; i++) {
      const query = draw(1, i + 2);
      const start = performance.now();
      const given = await trial.nearest(query, K, metric);
      if (i > 0) times.push(performance.now() - start);
      const exact = await index.nearest(query, { k: K, metric });
      const wanted = new Set(exact.map(({ index }) => ids[index]));
      found += given.filter((id) => wanted.has(id)).length;
    }
    return Math.min(...times);
  };
  const [cosine, euclidean] = [await quickest('cosine'), await quickest('euclidean')];
  await trial.close();
  const recall = found / (2 * (QUERIES + 1) * K);
  const measured: Measured = {
    ...{ rowsPerSecond, cosine, euclidean, recall },
    bytes: await bytesIn(folder),
  };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function bytesIn(path: string): Promise<number> {
  let sum = 0;
  for (const each of await readdir(path, { recursive: true })) {
    const about = await stat(join(path, each));
    if (about.isFile()) sum += about.size;
  }
  return sum;
}
