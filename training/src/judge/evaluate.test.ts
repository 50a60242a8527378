import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadDataset } from '../data/load-dataset.ts';
import { exportModel } from '../export/export-model.ts';
import { train } from '../run/train.ts';
import { codeOf, errorOf, removeTemporaryFolders, smallRun, temporaryFolder } from '../testing.ts';
import { evaluate } from './evaluate.ts';

/** An IDX file of zeros. */
function idxFile(dims: number[]): Buffer {
  const header = [0x0800 | dims.length, ...dims];
  const bytes = Buffer.alloc(4 * header.length + dims.reduce((size, dim) => size * dim, 1));
  for (const [i, value] of header.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

describe('evaluate', () => {
  let modelDir: string;
  beforeAll(async () => {
    const { runDir } = await train(smallRun(temporaryFolder(), { epochs: 1 }));
    modelDir = join(temporaryFolder(), 'model');
    await exportModel({ runDir, outDir: modelDir, evaluate: false });
  });
  afterAll(removeTemporaryFolders);

  test('takes the data that it is given, and states the protocol', async () => {
    const data = { name: 'strokes', trainCount: 1, testCount: 40 } as const;
    const evaluation = await evaluate(modelDir, { data });
    expect(evaluation.count).toBe(40);
    expect(evaluation.loss).toBeCloseTo(evaluation.reconstruction + evaluation.kl, 6);
    const setting = '40 test items of strokes, ONNX Runtime CPU';
    const likelihood =
      'grey: cross-entropy on values in [0, 1], summed over pixels (a loss, not a likelihood)';
    const sampled = 'one posterior sample an item (seeded)';
    expect(evaluation.protocol).toBe(
      `negative ELBO with β = 1: ${likelihood}, plus KL; ${sampled}; ${setting}`,
    );
    expect(
      evaluation.metrics.map(({ name, unit, count, split }) => [name, unit, count, split]),
    ).toEqual(
      ['test loss', 'test reconstruction', 'test KL'].map((name) => [
        name,
        'nats per item',
        40,
        'test',
      ]),
    );
    const [loss, reconstruction, kl] = evaluation.metrics;
    expect(loss?.protocol).toBe(evaluation.protocol);
    expect(reconstruction?.protocol).toBe(`${likelihood}; ${sampled}; ${setting}`);
    expect(kl?.protocol).toMatch(/KL.*; 40 test items of strokes, ONNX Runtime CPU$/);
    expect(loss?.value).toBe(Number(evaluation.loss.toFixed(3)));
    expect(await evaluate(modelDir, { data: await loadDataset(data) })).toEqual(evaluation);
  });

  test('takes the data that the card names otherwise', async () => {
    const folder = temporaryFolder();
    for (const [name, count] of [
      ['train', 2],
      ['t10k', 3],
    ] as const) {
      writeFileSync(join(folder, `${name}-images-idx3-ubyte`), idxFile([count, 28, 28]));
      writeFileSync(join(folder, `${name}-labels-idx1-ubyte`), idxFile([count]));
    }
    process.env['LATENTKIT_MNIST_DIR'] = folder;
    const path = join(modelDir, 'model.json');
    const card = readFileSync(path, 'utf8');
    writeFileSync(path, card.replace('"dataset": "strokes"', '"dataset": "mnist"'));
    try {
      const { count, protocol } = await evaluate(modelDir);
      expect(count).toBe(3);
      expect(protocol).toContain('3 test items of mnist');
    } finally {
      delete process.env['LATENTKIT_MNIST_DIR'];
      writeFileSync(path, card);
    }
  });

  test('a signal stops it', async () => {
    const call = () => evaluate(modelDir, { signal: AbortSignal.abort() });
    expect((await errorOf(call)).message).toMatch(/^(Evaluating the model|Loading .*) was aborted/);
  });

  test('an altered graph, a missing model, data that nobody has', async () => {
    const path = join(modelDir, 'decoder.onnx');
    const bytes = readFileSync(path);
    const altered = Buffer.from(bytes);
    altered[altered.length - 10] = (altered[altered.length - 10] ?? 0) ^ 1;
    writeFileSync(path, altered);
    expect(await codeOf(() => evaluate(modelDir))).toBe('integrity');
    writeFileSync(path, bytes);
    expect(await codeOf(() => evaluate(join(modelDir, 'nothing')))).toBe('not-found');
    const card = readFileSync(join(modelDir, 'model.json'), 'utf8');
    writeFileSync(
      join(modelDir, 'model.json'),
      card.replace('"dataset": "strokes"', '"dataset": "faces"'),
    );
    expect((await errorOf(() => evaluate(modelDir))).message).toBe(
      "The model was trained on 'faces', which is not a data set that can be loaded by name; pass the data.",
    );
  });
});
