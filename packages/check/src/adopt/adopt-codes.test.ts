import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom, type Tensor } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { attr, GraphBuilder, writeModel } from '@latentkit/onnx';
import { adoptModel } from './adopt-model.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-adopt-codes-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const CODES = 7;
const DIM = 3;
const GRID = [2, 2];
const entries = createRandom(0, 'entries').fillNormal(new Float32Array(CODES * DIM));

type Graph = GraphBuilder;
const sizes = (g: Graph, name: string, values: number[]) =>
  g.initializer(name, 'int64', values.map(BigInt), [values.length]);
const book = (g: Graph) => g.initializer('book', entries, [CODES, DIM]);
const inARow = (g: Graph, value: string) => g.node('Reshape', [value, sizes(g, 'row', [-1])]);
const asGrid = (g: Graph, value: string) =>
  g.node('Reshape', [value, sizes(g, 'grid', [-1, ...GRID, DIM])]);
const TO_FLOAT = { to: attr.int(1) };

/** Of torch's older exporter. */
function oneHot(g: Graph, indices: string): string {
  const depth = g.initializer('depth', 'int64', [BigInt(CODES)], [1]);
  const values = g.initializer('values', 'int64', [0n, 1n], [2]);
  return g.node('Cast', [g.node('OneHot', [indices, depth, values])], TO_FLOAT);
}

/** Of torch's exporter by torch.export. */
function equal(g: Graph, indices: string): string {
  const last = g.node('Unsqueeze', [indices, sizes(g, 'last', [-1])]);
  const all = g.initializer(
    'all',
    'int64',
    Array.from({ length: CODES }, (_, i) => BigInt(i)),
    [CODES],
  );
  return g.node('Cast', [g.node('Equal', [last, all])], TO_FLOAT);
}

/** Ways in which exporters write the look-up of [n, 2, 2] indices. */
const LOOK_UPS: Readonly<Record<string, (g: Graph, indices: string) => string>> = {
  'a Gather': (g, indices) => g.node('Gather', [book(g), indices]),
  'a GatherND': (g, indices) =>
    g.node('GatherND', [book(g), g.node('Unsqueeze', [indices, sizes(g, 'last', [-1])])]),
  'a OneHot and a product': (g, indices) => g.node('MatMul', [oneHot(g, indices), book(g)]),
  'comparisons and a product': (g, indices) => g.node('MatMul', [equal(g, indices), book(g)]),
  'a sum over one-hot vectors': (g, indices) =>
    g.node('Einsum', [oneHot(g, indices), book(g)], { equation: attr.string('bhwc,cd->bhwd') }),
  'a Gemm with the matrix turned': (g, indices) => {
    const columns = Array.from(
      entries,
      (_, i) => entries[(i % CODES) * DIM + Math.floor(i / CODES)],
    );
    const turned = g.initializer('columns', Float32Array.from(columns as number[]), [DIM, CODES]);
    const flat = oneHot(g, inARow(g, indices));
    return asGrid(g, g.node('Gemm', [flat, turned], { transB: attr.int(1) }));
  },
  'a Gather in a row': (g, indices) => asGrid(g, g.node('Gather', [book(g), inARow(g, indices)])),
  'a Gather in a row, sizes read off the indices': (g, indices) => {
    const looked = g.node('Gather', [book(g), inARow(g, indices)]);
    const to = g.node('Concat', [g.node('Shape', [indices]), sizes(g, 'dim', [DIM])], {
      axis: attr.int(0),
    });
    return g.node('Reshape', [looked, to]);
  },
};

async function written(name: string, g: GraphBuilder): Promise<string> {
  const path = join(root, `${name}.onnx`);
  await writeFile(path, writeModel(g.build()));
  return path;
}

/** An item of 2 × 2 × 7, whose largest channel names the code. */
function encoder(row: number[]): GraphBuilder {
  const g = new GraphBuilder('encoder');
  const x = g.input('x', 'float32', ['n', ...GRID, CODES]);
  const nearest = g.node('ArgMax', [x], { axis: attr.int(-1), keepdims: attr.int(0) });
  const told =
    row.length === 1 ? g.node('Reshape', [nearest, sizes(g, 'to', [-1, ...row])]) : nearest;
  g.output(told, 'int64', ['n', ...row], 'indices');
  return g;
}

function decoder(
  batch: string | number,
  row: readonly (number | string)[],
  lookUp: (g: Graph, indices: string) => string,
  change: (g: Graph, items: string) => string = (_, items) => items,
): GraphBuilder {
  const g = new GraphBuilder('decoder');
  const vectors = lookUp(g, g.input('indices', 'int64', [batch, ...row]));
  const w = g.initializer('w', createRandom(1, 'w').fillNormal(new Float32Array(DIM * CODES)), [
    DIM,
    CODES,
  ]);
  const items = change(g, g.node('Sigmoid', [g.node('MatMul', [vectors, w])]));
  g.output(items, 'float32', [batch, ...row, CODES], 'recon');
  return g;
}

async function run(path: string, input: string, fed: Tensor): Promise<Tensor> {
  const runner = await createRunner(new Uint8Array(await readFile(path)), { threads: 1 });
  try {
    return Object.values(await runner.run({ [input]: fed }))[0] as Tensor;
  } finally {
    await runner.dispose();
  }
}

async function expectSame(whole: string, out: string, dims: number[]): Promise<void> {
  const indices = Int32Array.from({ length: 12 }, (_, i) => (5 * i) % CODES);
  const as64: Tensor = { dtype: 'int64', dims, data: BigInt64Array.from(indices, BigInt) };
  const expected = await run(whole, 'indices', as64);
  const grid: Tensor = { dtype: 'int32', dims: [3, ...GRID], data: indices };
  const flat: Tensor = { ...grid, dims: [3, 1, 4] };
  const z_q = await run(join(out, 'codebook.onnx'), 'indices', dims.length === 2 ? flat : grid);
  const { data } = await run(join(out, 'decoder.onnx'), 'z_q', z_q);
  expect(data).toHaveLength(expected.data.length);
  data.forEach((value, i) => void expect(value).toBeCloseTo(Number(expected.data[i]), 6));
}

describe.each(Object.entries(LOOK_UPS))('a codebook looked up by %s', (name, lookUp) => {
  test('is split off, and both together decode as the file did', async () => {
    const options = {
      encoder: await written(`${name} e`, encoder(GRID)),
      decoder: await written(`${name} d`, decoder('n', GRID, lookUp)),
      image: `2x2x${CODES}`,
      out: join(root, name),
    };
    const { card } = await adoptModel(options);
    expect(card.latent).toEqual({ kind: 'codes', size: 12, grid: [2, 2], codes: CODES, dim: DIM });
    await expectSame(options.decoder, options.out, [3, ...GRID]);
  });
});

test('a sequence of indices, and a batch that was fixed', async () => {
  const onSequence = (g: Graph, indices: string) =>
    g.node('Reshape', [
      g.node('Gather', [book(g), inARow(g, indices)]),
      sizes(g, 'grid', [3, 4, DIM]),
    ]);
  const options = {
    encoder: await written('sequence e', encoder([4])),
    decoder: await written('sequence d', decoder(3, [4], onSequence)),
    image: `2x2x${CODES}`,
    out: join(root, 'sequence'),
  };
  const { card, notes } = await adoptModel(options);
  expect(card.latent).toMatchObject({ grid: [1, 4], codes: CODES, dim: DIM });
  expect(notes).toContain('decoder: a fixed batch was opened; rows come out as they do alone');
  await expectSame(options.decoder, options.out, [3, 4]);
});

test.each<[string, () => GraphBuilder, RegExp]>([
  [
    'a grid of open sizes',
    () => decoder('n', ['h', 'w'], LOOK_UPS['a Gather'] as never),
    /\('indices'\) as \[n, h, w\], which is no grid of a known size/,
  ],
  [
    'rows in another order than the indices',
    () =>
      decoder('n', GRID, (g, indices) => {
        const one = g.initializer('one', 'int64', [1n], []);
        return g.node('Gather', [
          book(g),
          g.node('Mod', [
            g.node('Add', [indices, one]),
            g.initializer('all', 'int64', [BigInt(CODES)], []),
          ]),
        ]);
      }),
    /no float32 matrix \[codes, size\] of which it takes the rows that they name/,
  ],
  [
    'indices that are used beside the look-up',
    () =>
      decoder('n', GRID, LOOK_UPS['a Gather'] as never, (g, items) => {
        const last = g.node('Unsqueeze', ['indices', sizes(g, 'end', [-1])]);
        return g.node('Add', [items, g.node('Cast', [last], TO_FLOAT)]);
      }),
    /uses its indices \('indices'\) for more than to look up entries/,
  ],
])('%s are refused for what they are', async (name, make, message) => {
  const adopted = adoptModel({
    encoder: await written(`${name} e`, encoder(GRID)),
    decoder: await written(`${name} d`, make()),
    image: `2x2x${CODES}`,
    out: join(root, name),
  });
  await expect(adopted).rejects.toMatchObject({
    code: 'invalid-data',
    message: expect.stringMatching(message),
  });
});
