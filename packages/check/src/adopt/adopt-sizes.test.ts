import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRunner, loadAutoencoder } from '@latentkit/node';
import { attr, GraphBuilder, type Model, writeModel } from '@latentkit/onnx';
import { adoptModel } from './adopt-model.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-adopt-sizes-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const ITEM = [1, 4, 4] as const;
const WEIGHTS = Float32Array.from({ length: 64 }, (_, i) => Math.sin(1 + i * i));

/** What decodes of the flat rows, which are 16 numbers each. */
type Shaping = (g: GraphBuilder, flat: string, x: string) => string;

/** An autoencoder in one file whose decoder has its sizes from `shaping`. */
function whole(shaping: Shaping, first: string | null = 'n'): GraphBuilder {
  const g = new GraphBuilder('whole');
  const x = g.input('x', 'float32', [first, ...ITEM]);
  const w = g.initializer('w', WEIGHTS, [16, 4]);
  const rows = g.node('Flatten', [x], { axis: attr.int(1) });
  const mu = g.node('MatMul', [rows, w], {}, { output: 'mu' });
  const back = g.node('Transpose', [w]);
  const flat = g.node('MatMul', [mu, back]);
  g.output(mu, 'float32', [first, 4], 'mean');
  g.output(shaping(g, flat, x), 'float32', [first, null, null, null], 'recon');
  return g;
}

const longs = (g: GraphBuilder, ...values: number[]) =>
  g.initializer('longs', BigInt64Array.from(values, BigInt), [values.length]);
const long = (g: GraphBuilder, value: number) =>
  g.initializer('long', BigInt64Array.of(BigInt(value)), []);
/** A size as torch's older exporter reads it: a number of the shape, made a list. */
const sizeOf = (g: GraphBuilder, value: string, axis: number) =>
  g.node('Unsqueeze', [g.node('Gather', [g.node('Shape', [value]), long(g, axis)]), longs(g, 0)]);
const concat = (g: GraphBuilder, ...parts: string[]) =>
  g.node('Concat', parts, { axis: attr.int(0) });
const asItems = (g: GraphBuilder, flat: string) => g.node('Reshape', [flat, longs(g, -1, ...ITEM)]);

const SHAPINGS: Readonly<Record<string, Shaping>> = {
  'view(x.size(0), …)': (g, flat, x) =>
    g.node('Reshape', [flat, concat(g, sizeOf(g, x, 0), longs(g, ...ITEM))]),
  'view_as(x)': (g, flat, x) => g.node('Reshape', [flat, g.node('Shape', [x])]),
  'reshape of all sizes of x': (g, flat, x) =>
    g.node('Reshape', [flat, concat(g, ...[0, 1, 2, 3].map((axis) => sizeOf(g, x, axis)))]),
  'a number of rows computed with': (g, flat, x) => {
    const numbers = g.node('Mul', [sizeOf(g, x, 0), longs(g, 16)]);
    const line = g.node('Reshape', [flat, numbers]);
    return g.node('Reshape', [line, longs(g, -1, ...ITEM)]);
  },
  'the numbers of all items': (g, flat, x) => {
    const numbers = g.node('Unsqueeze', [g.node('Size', [x]), longs(g, 0)]);
    return asItems(g, g.node('Reshape', [flat, numbers]));
  },
  'a resize to the size of x': (g, flat, x) => {
    const small = g.node('Reshape', [flat, longs(g, -1, 4, 2, 2)]);
    const thin = g.node('ReduceMean', [small], { axes: attr.ints([1]) });
    const sizes = concat(g, sizeOf(g, thin, 0), longs(g, 1), sizeOf(g, x, 2), sizeOf(g, x, 3));
    return g.node('Resize', [thin, '', '', sizes], { mode: attr.string('linear') });
  },
  'a crop to the size of x, of what was padded as torch pads': (g, flat, x) => {
    const pairs = g.node('Reshape', [
      concat(g, longs(g, 0, 1, 0, 1), g.node('ConstantOfShape', [longs(g, 4)], ZERO)),
      longs(g, -1, 2),
    ]);
    const far = g.initializer('far', BigInt64Array.of(1n - 2n ** 63n), [1]);
    const turned = g.node('Slice', [pairs, longs(g, -1), far, longs(g, 0), longs(g, -1)]);
    const amounts = g.node('Transpose', [turned], { perm: attr.ints([1, 0]) });
    const padded = g.node('Pad', [asItems(g, flat), g.node('Reshape', [amounts, longs(g, -1)])]);
    const rows = g.node('Slice', [padded, longs(g, 0), sizeOf(g, x, 2), longs(g, 2)]);
    return g.node('Slice', [rows, longs(g, 0), sizeOf(g, x, 3), longs(g, 3)]);
  },
  'an Expand to the shape of a difference from x': (g, flat, x) => {
    const y = asItems(g, flat);
    const shape = g.node('Shape', [g.node('Sub', [y, x])]);
    return g.node('Expand', [y, shape]);
  },
};
const ZERO = {
  value: attr.tensor({ name: '', dtype: 'int64', dims: [1], raw: new Uint8Array(8) }),
};

async function decoded(model: Model, data: Float32Array): Promise<number[]> {
  const runner = await createRunner(writeModel(model), { threads: 1 });
  const x = { data, dims: [data.length / 16, ...ITEM], dtype: 'float32' as const };
  const { recon } = await runner.run({ x });
  await runner.dispose();
  return Array.from(recon?.data as Float32Array);
}

describe('a decoder that reads sizes off the items', () => {
  test.each(
    Object.entries(SHAPINGS).flatMap(([name, shaping]) =>
      (['n', null] as const).map((first) => [name, first, shaping] as const),
    ),
  )('by %s, the batch called %s', async (name, first, shaping) => {
    const model = whole(shaping, first).build();
    const file = `${Object.keys(SHAPINGS).indexOf(name)}-${first}`;
    const encoder = join(root, `${file}.onnx`);
    await writeFile(encoder, writeModel(model));
    const out = join(root, file);
    const { card, notes } = await adoptModel({ encoder, image: '4x4x1', out });
    expect(notes[0]).toBe("the file encodes and decodes: it is split at 'mu'");
    expect(card.graphs.decoder?.inputs).toMatchObject([{ name: 'z', shape: ['batch', 4] }]);
    const adopted = await loadAutoencoder(out);
    for (const count of [1, 3]) {
      const items = Float32Array.from({ length: 16 * count }, (_, i) => Math.cos(i) / 2 + 0.5);
      const { mean } = await adopted.reconstruct(items);
      const expected = await decoded(model, items);
      expect(mean.data).toHaveLength(expected.length);
      for (const [i, value] of expected.entries()) expect(mean.data[i]).toBeCloseTo(value, 5);
    }
    await adopted.dispose();
  });

  test('values of the items are still needed: what adds them is not cut off', async () => {
    const skipping: Shaping = (g, flat, x) => g.node('Add', [asItems(g, flat), x]);
    const encoder = join(root, 'skip.onnx');
    await writeFile(encoder, writeModel(whole(skipping).build()));
    await expect(adoptModel({ encoder, image: '4x4x1', out: join(root, 'skip') })).rejects.toThrow(
      'it is no autoencoder (the skip connections of a U-Net',
    );
  });
});
