import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createRandom, LatentkitError } from '@latentkit/core';
import { makeStrokes } from '@latentkit/data';
import { damagesOf } from '@latentkit/system/damages-for-tests';
import { codeOf, errorOf, removeTemporaryFolders, temporaryFolder } from '../../testing.ts';
import {
  classifierFolder,
  GRAPH_FILE,
  loadClassifier,
  openClassifier,
  PROVENANCE_FILE,
  readProvenance,
} from './classifier.ts';
import { FEATURE_SIZE } from './classifier-network.ts';
import { trainClassifier } from './train-classifier.ts';
import { writeClassifier } from './write-classifier.ts';

afterAll(removeTemporaryFolders);

describe('the classifier that the package comes with', () => {
  test('is small, and good enough to judge others', async () => {
    const { testAccuracy, bytes, dataset } = await readProvenance();
    expect(dataset).toBe('mnist');
    expect(testAccuracy).toBeGreaterThanOrEqual(0.98);
    expect(bytes).toBeLessThan(2 ** 20);
  });

  test('knows digits that it never saw the like of from those that it cannot know', async () => {
    const classifier = await loadClassifier();
    const { test: strokes } = makeStrokes(1, 500, 1);
    const { labels, features, featureSize, count } = await classifier.classify(strokes.images);
    // Noise of the same grey values, in no order.
    const shuffled = strokes.images.map(
      (_, i) => strokes.images[(i * 7919) % strokes.images.length] as number,
    );
    const noise = await classifier.classify(shuffled);
    await classifier.dispose();
    expect([count, featureSize, features.length]).toEqual([500, FEATURE_SIZE, 500 * FEATURE_SIZE]);
    const share = (found: Uint8Array) =>
      found.filter((label, i) => label === strokes.labels[i]).length / 500;
    expect(share(labels)).toBeGreaterThan(0.6);
    expect(share(noise.labels)).toBeLessThan(0.2);
    expect(classifier.description).toMatch(/mnist, test accuracy 9[89]\.\d\d%/);
  });

  test('says of batches what it says of all at once', async () => {
    const classifier = await loadClassifier();
    const { images } = makeStrokes(1, 20, 1).test;
    async function* batches() {
      yield images.subarray(0, 784 * 7);
      yield images.subarray(784 * 7, 784 * 8);
      yield images.subarray(784 * 8);
    }
    const [whole, parts] = [
      await classifier.classify(images),
      await classifier.classify(batches()),
    ];
    const wrong = codeOf(() =>
      classifier.classify(
        (async function* () {
          yield images.subarray(0, 784);
          yield images.subarray(0, 783);
        })(),
      ),
    );
    expect(await wrong).toBe('invalid-input');
    await classifier.dispose();
    expect(parts).toEqual({ ...whole, features: expect.any(Float32Array) });
    // A graph may add up in another order for another number of rows.
    for (const [i, value] of parts.features.entries()) {
      expect(value).toBeCloseTo(whole.features[i] as number, 4);
    }
  });

  test('missing, altered or unreadable files, and images of another size', async () => {
    const folder = temporaryFolder();
    expect((await errorOf(() => loadClassifier(folder))).message).toMatch(/train-classifier/);
    for (const file of [GRAPH_FILE, PROVENANCE_FILE]) {
      copyFileSync(join(classifierFolder(), file), join(folder, file));
    }
    const graph = readFileSync(join(folder, GRAPH_FILE));
    graph[graph.length - 9] = (graph[graph.length - 9] as number) ^ 1;
    writeFileSync(join(folder, GRAPH_FILE), graph);
    expect(await codeOf(() => loadClassifier(folder))).toBe('integrity');
    writeFileSync(join(folder, PROVENANCE_FILE), '{"dataset": 1}');
    expect(await codeOf(() => loadClassifier(folder))).toBe('invalid-data');
    const classifier = await loadClassifier();
    for (const size of [0, 783]) {
      const call = () => classifier.classify(new Float32Array(size));
      expect(await codeOf(call)).toBe('invalid-input');
    }
    await classifier.dispose();
  });
});

test.each([GRAPH_FILE, PROVENANCE_FILE])('damage to %s is noticed', async (file) => {
  const folder = temporaryFolder();
  for (const name of [GRAPH_FILE, PROVENANCE_FILE]) {
    copyFileSync(join(classifierFolder(), name), join(folder, name));
  }
  const whole = readFileSync(join(folder, file));
  const told = await readProvenance(folder);
  for (const { name, bytes } of damagesOf(whole, 10)) {
    writeFileSync(join(folder, file), bytes);
    const found = await loadClassifier(folder).then(
      async (classifier) => {
        await classifier.dispose();
        return readProvenance(folder);
      },
      (error) => (LatentkitError.isInstance(error) ? error.code : error),
    );
    const harmless = file === PROVENANCE_FILE && typeof found === 'object';
    expect({ name, found }).toEqual({
      name,
      found: harmless ? told : file === GRAPH_FILE ? 'integrity' : 'invalid-data',
    });
  }
});

describe('trainClassifier', () => {
  test('learns, and what it writes can be loaded', async () => {
    const { train, test: held } = makeStrokes(1000, 200, 1);
    const losses: number[] = [];
    const run = () =>
      trainClassifier({
        data: train,
        seed: 1,
        epochs: 4,
        batchSize: 40,
        onEpoch: (_, loss) => losses.push(loss),
      });
    const bytes = await run();
    expect(losses[3]).toBeLessThan((losses[0] as number) / 3);
    const classifier = await openClassifier(bytes, 'under test');
    const { labels } = await classifier.classify(held.images);
    await classifier.dispose();
    const right = labels.filter((label, i) => label === held.labels[i]).length;
    expect(right / held.count).toBeGreaterThan(0.9);

    const folder = join(temporaryFolder(), 'new');
    const facts = {
      dataset: 'strokes',
      seed: 1,
      epochs: 4,
      testAccuracy: right / 200,
      command: 'none',
    };
    await writeClassifier(folder, bytes, facts);
    expect(await readProvenance(folder)).toMatchObject({ ...facts, bytes: bytes.length });
    await (await loadClassifier(folder)).dispose();
  });

  test('takes pictures of another size, in colour, and as many classes as there are', async () => {
    const form = { itemShape: [6, 5, 3], classes: 3 } as const;
    // A class a colour, on noise that says nothing.
    const labels = Uint8Array.from({ length: 120 }, (_, i) => i % 3);
    const { uniform } = createRandom(1, 'classifier/colours');
    const noise = Float32Array.from({ length: 120 * 90 }, uniform);
    const images = noise.map((value, i) =>
      i % 3 === labels[Math.floor(i / 90)] ? 0.5 + value / 2 : value / 2,
    );
    const bytes = await trainClassifier({
      data: { images, labels, count: 120 },
      form,
      seed: 1,
      epochs: 12,
      batchSize: 20,
    });
    const classifier = await openClassifier(bytes, 'of colours');
    const found = await classifier.classify(images);
    expect(await codeOf(() => classifier.classify(new Float32Array(784)))).toBe('invalid-input');
    await classifier.dispose();
    expect(found.labels.filter((label, i) => label === labels[i]).length).toBeGreaterThan(110);
    expect(new Set(found.labels)).toEqual(new Set([0, 1, 2]));
  });

  test('the same seed gives the same losses, another seed others; a signal stops it', async () => {
    const { train } = makeStrokes(60, 1, 1);
    const firstLosses = async (seed: number) => {
      const stop = new AbortController();
      const losses: number[] = [];
      const call = () =>
        trainClassifier({
          data: train,
          seed,
          epochs: 1000,
          batchSize: 30,
          signal: stop.signal,
          onEpoch(_, loss) {
            if (losses.push(loss) === 3) stop.abort();
          },
        });
      expect(await codeOf(call)).toBe('aborted');
      return losses;
    };
    const losses = await firstLosses(1);
    expect(losses).toHaveLength(3);
    expect(await firstLosses(1)).toEqual(losses);
    expect(await firstLosses(2)).not.toEqual(losses);
  });

  test('bad numbers, and a signal', async () => {
    const { train } = makeStrokes(10, 1, 1);
    const run = (changes: object) =>
      codeOf(() => trainClassifier({ data: train, seed: 1, epochs: 1, ...changes }));
    expect(await run({ seed: -1 })).toBe('invalid-argument');
    expect(await run({ epochs: 0 })).toBe('invalid-argument');
    expect(await run({ batchSize: 0.5 })).toBe('invalid-argument');
    expect(await run({ signal: AbortSignal.abort() })).toBe('aborted');
  });
});
