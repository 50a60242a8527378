import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeStrokes } from '@latentkit/data';
import { errorOf, removeTemporaryFolders } from '../../testing.ts';
import { type Classifier, loadClassifier } from '../classifier/classifier.ts';
import { testItems } from '../test-items.ts';
import { type LinearModel, linearModel, withModel } from '../testing.ts';
import { generationDistance } from './frechet.ts';
import { recognition } from './recognition.ts';

let classifier: Classifier;
beforeAll(async () => {
  classifier = await loadClassifier();
});
afterAll(async () => {
  await classifier.dispose();
  await removeTemporaryFolders();
});

const messageOf = async (call: () => unknown) => (await errorOf(call)).message;
const strokes = makeStrokes(1, 1000, 1);
const LABELS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** One item of each class that the classifier takes for what it is. */
async function recognisable(): Promise<Float32Array[]> {
  const { images, labels } = strokes.test;
  const found = await classifier.classify(images);
  return LABELS.map((_, digit) => {
    const index = labels.findIndex((label, i) => label === digit && found.labels[i] === digit);
    return images.subarray(784 * index, 784 * (index + 1));
  });
}

/** Decodes the label to one picture, whatever z is; `order` says which picture a label gets. */
async function pictureModel(order: readonly number[]): Promise<string> {
  const pictures = await recognisable();
  const logits = order.flatMap((digit) =>
    Array.from(pictures[digit] as Float32Array, (value) => 20 * (value - 0.5)),
  );
  return digitModel({
    decoder: { weights: [...new Array(784).fill(0), ...logits], bias: new Array(784).fill(0) },
    labels: LABELS,
  });
}

function digitModel(parts: Pick<LinearModel, 'decoder'> & Partial<LinearModel>): string {
  return linearModel({
    itemSize: 784,
    latentSize: 1,
    mean: { weights: new Array(784).fill(0), bias: [0] },
    logVar: [0],
    likelihood: { kind: 'bernoulli' },
    ...parts,
    image: true,
  });
}

describe('recognition', () => {
  test('counts what comes out as it was asked for', async () => {
    const right = await pictureModel([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // More than are drawn at a time, and no multiple of it.
    const all = await withModel(right, (model) => recognition(model, classifier, { perLabel: 63 }));
    expect(all.share).toBe(1);
    expect(all.metric).toEqual({
      name: 'recognised samples',
      value: 100,
      unit: '%',
      split: 'test',
      count: 630,
      protocol: `share of class-conditional draws from the prior (63 decoded means for each of 10 labels, seed 0) that are recognised by ${classifier.description}`,
    });
    const swapped = await pictureModel([1, 0, 2, 3, 4, 5, 6, 7, 8, 9]);
    const most = await withModel(swapped, (model) =>
      recognition(model, classifier, { perLabel: 3 }),
    );
    expect(most.share).toBeCloseTo(0.8, 9);
    expect(most.metric.value).toBe(80);
    expect(most.byLabel).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  test('of a model that cannot be asked', async () => {
    const zeros = new Array(784).fill(0);
    const folder = digitModel({ decoder: { weights: zeros, bias: zeros } });
    const refusal = (options: object) =>
      messageOf(() => withModel(folder, (model) => recognition(model, classifier, options)));
    expect(await refusal({})).toMatch(/ is not conditional: it cannot be asked for a label\.$/);
    expect(await refusal({ perLabel: 0 })).toMatch(/^images a label: /);
    expect(await refusal({ seed: -1 })).toMatch(/^seed: /);
  });
});

describe('generationDistance', () => {
  test('pictures of digits are nearer than blank ones; the same seed gives the same figure', async () => {
    const items = testItems(strokes);
    const digits = await pictureModel([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const blank = digitModel({
      decoder: { weights: new Array(784).fill(0), bias: new Array(784).fill(-20) },
    });
    const distance = (folder: string) =>
      withModel(folder, (model) => generationDistance(model, items, classifier, { count: 300 }));
    const near = await distance(digits);
    const far = await distance(blank);
    expect(near.value).toBeGreaterThan(0);
    expect(near.value).toBeLessThan(far.value / 2);
    expect(await distance(digits)).toEqual(near);
    expect(near).toMatchObject({
      name: 'Fréchet distance',
      unit: 'squared features',
      count: 300,
      protocol: expect.stringMatching(
        /features of .*sha256.*: 300 decoded means of draws from the prior \(seed 0, every label alike\) against 1,000 test items of strokes$/,
      ),
    });
    expect(far.protocol).toContain('draws from the prior (seed 0) against');
  });

  test('refuses numbers that are none, and stops on a signal', async () => {
    const zeros = new Array(784).fill(0);
    const folder = digitModel({ decoder: { weights: zeros, bias: zeros } });
    const refusal = (options: object) =>
      messageOf(() =>
        withModel(folder, (model) =>
          generationDistance(model, testItems(strokes), classifier, options),
        ),
      );
    expect(await refusal({ count: 0 })).toMatch(/^images to generate: /);
    expect(await refusal({ seed: 0.5 })).toMatch(/^seed: /);
    expect(await refusal({ count: 10, signal: AbortSignal.abort() })).toMatch(
      /^Generating was aborted/,
    );
  });
});
