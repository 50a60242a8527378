import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { adoptModel, checkModels, formatReport } from '@latentkit/check';
import { type ModelCard, sizeOf, type Tensor, tensor } from '@latentkit/core';
import { createRunner, loadEncoder, loadGolden } from '@latentkit/node';
import { withLibrary } from '../browser/with-library.ts';
import { scratchFolder } from '../cli/run-command.ts';
import { FOREIGN_MODELS, type ForeignModel } from '../fixtures/foreign-models.ts';

let root: string;
beforeAll(async () => {
  root = await scratchFolder();
});

const cards = new Map<string, ModelCard>();
const folderOf = ({ name }: ForeignModel) => join(root, name);

/** Items of four pictures in the range of the card, the fixed batch of one of the models. */
function itemsOf({ shape }: ForeignModel, [low, high]: readonly [number, number]): Float32Array {
  const wave = (i: number) => (1 + Math.sin(i * 0.37 + Math.floor(i / 192))) / 2;
  return Float32Array.from({ length: 4 * sizeOf(shape) }, (_, i) => low + wave(i) * (high - low));
}

/** What the file itself, as it came, makes of items. */
async function asItCame(model: ForeignModel, items: Float32Array): Promise<Tensor> {
  const [input, output] = model.embeds;
  const { normalise } = model.options;
  const [channels = 1] = model.shape;
  const fed = normalise
    ? items.map((value, i) => {
        const channel = Math.floor(i / (items.length / 4 / channels)) % channels;
        return (value - normalise.mean[channel]!) / normalise.std[channel]!;
      })
    : items;
  const runner = await createRunner(model.encoder, { threads: 1 });
  try {
    const outputs = await runner.run({ [input]: tensor(fed, [4, ...model.shape]) });
    return outputs[output] as Tensor;
  } finally {
    await runner.dispose();
  }
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a).toHaveLength(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe.each(FOREIGN_MODELS.map((model) => [model.name, model] as const))('%s', (_, model) => {
  test('is adopted, and passes every check', async () => {
    const files = {
      encoder: join(root, `${model.name}-e.onnx`),
      decoder: join(root, `${model.name}-d.onnx`),
    };
    await writeFile(files.encoder, model.encoder);
    if (model.decoder) await writeFile(files.decoder, model.decoder);
    const { card } = await adoptModel({
      encoder: files.encoder,
      decoder: model.decoder && files.decoder,
      ...model.options,
      out: folderOf(model),
    });
    expect(card).toMatchObject({ latent: model.latent, family: model.family });
    const report = await checkModels([folderOf(model)], {
      settings: { devices: ['cpu', 'cpu-plain', 'wasm'] },
    });
    expect(report.passed ? '' : formatReport(report, 'human')).toBe('');
    const findings = report.models.flatMap(({ outcomes }) =>
      outcomes.flatMap(({ findings }) => findings),
    );
    expect(findings).toEqual([]);
    cards.set(model.name, card);
  }, 60_000);

  test('embeds in Node as the file did that it came from', async () => {
    const card = cards.get(model.name) as ModelCard;
    const items = itemsOf(model, card.item.range);
    const expected = await asItCame(model, items);
    await using encoder = await loadEncoder(folderOf(model));
    const latent = await encoder.encode(items);
    if (latent.kind === 'codes') {
      expect([...latent.indices.data]).toEqual(Array.from(expected.data as BigInt64Array, Number));
    } else {
      const { data } = await encoder.embed(items);
      const scale = Math.max(1, ...(expected.data as Float32Array).map(Math.abs));
      expect(largestDifference(data, expected.data as Float32Array) / scale).toBeLessThan(1e-5);
    }
  });
});

test('all embed on a page as in Node', async () => {
  const mounts = Object.fromEntries(
    FOREIGN_MODELS.map((model) => [`/models/${model.name}/`, folderOf(model)]),
  );
  const asked = FOREIGN_MODELS.map((model) => ({
    name: model.name,
    items: [...itemsOf(model, cards.get(model.name)!.item.range)],
  }));
  const found = await withLibrary(
    ({ page }) =>
      page.evaluate(async (asked) => {
        const embedded: Record<string, number[]> = {};
        for (const { name, items } of asked) {
          const encoder = await lk.loadEncoder(`models/${name}`, { device: 'wasm' });
          embedded[name] = [...(await encoder.embed(Float32Array.from(items))).data];
          await encoder.dispose();
        }
        return embedded;
      }, asked),
    { mounts },
  );
  for (const model of FOREIGN_MODELS) {
    await using encoder = await loadEncoder(folderOf(model));
    const { data } = await encoder.embed(itemsOf(model, encoder.card.item.range));
    const scale = Math.max(1, ...data.map(Math.abs));
    expect(largestDifference(found[model.name]!, data) / scale).toBeLessThan(1e-5);
    expect(Object.keys((await loadGolden(folderOf(model))).graphs)).toContain('encoder');
  }
}, 120_000);
