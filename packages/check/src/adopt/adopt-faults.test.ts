import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ModelCard } from '@latentkit/core';
import { attr, GraphBuilder, type Model, readModel, writeModel } from '@latentkit/onnx';
import { checkModels, recordModels } from '../check-models.ts';
import type { GivenSettings } from '../config/settings.ts';
import { adoptModel } from './adopt-model.ts';
import { writeModelFolder } from './write-model-folder.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-adopt-faults-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const PIXELS = 16;
const LATENT = 4;
const image = '4x4x1';

/** A row of each pattern is +1 or −1, at right angles to the others. */
function patternAt(pattern: number, pixel: number): number {
  let parity = 0;
  for (let bits = (pattern + 1) & pixel; bits > 0; bits >>= 1) parity ^= bits & 1;
  return parity ? -1 : 1;
}

const SHARE = 0.01;

/**
 * x → z of four patterns, off by up to 6 this way and that: near 0 by more than draws differ there, but by little of what
 * such an encoder's own embeddings differ.
 */
function pointEncoder(): GraphBuilder {
  const g = new GraphBuilder('encoder');
  const x = g.input('x', 'float32', ['n', PIXELS]);
  const w = Float32Array.from({ length: PIXELS * LATENT }, (_, i) => {
    return patternAt(i % LATENT, Math.floor(i / LATENT)) / (PIXELS * SHARE);
  });
  const centred = g.node('Sub', [x, g.initializer('half', 'float32', [0.5], [])]);
  const z = g.node('MatMul', [centred, g.initializer('w', w, [PIXELS, LATENT])]);
  const often = g.node('Mul', [z, g.initializer('five', 'float32', [5], [])]);
  const more = g.node('Mul', [g.node('Sin', [often]), g.initializer('six', 'float32', [6], [])]);
  g.output(g.node('Add', [z, more], {}, { output: 'z' }), 'float32', ['n', LATENT]);
  return g;
}

function pointDecoder(order = [0, 1, 2, 3]): GraphBuilder {
  const g = new GraphBuilder('decoder');
  const z = g.input('z', 'float32', ['n', LATENT]);
  const w = Float32Array.from({ length: PIXELS * LATENT }, (_, i) => {
    return SHARE * patternAt(order[Math.floor(i / PIXELS)] as number, i % PIXELS);
  });
  const raw = g.node('MatMul', [z, g.initializer('w', w, [LATENT, PIXELS])]);
  const half = g.initializer('half', 'float32', [0.5], []);
  g.output(g.node('Add', [raw, half], {}, { output: 'y' }), 'float32', ['n', PIXELS]);
  return g;
}

/** Four numbers of a value: one of the item's size would be taken for what is decoded. */
function embedding(g: GraphBuilder, value: string, batch: string | number): void {
  const ones = g.initializer('ones', new Float32Array(PIXELS * LATENT).fill(1), [PIXELS, LATENT]);
  g.output(g.node('MatMul', [value, ones], {}, { output: 'mean' }), 'float32', [batch, LATENT]);
}

async function write(name: string, model: Model): Promise<string> {
  const path = join(root, `${name}.onnx`);
  await writeFile(path, writeModel(model));
  return path;
}

async function adoptPair(name: string, order?: number[]): Promise<string> {
  const encoder = await write(`${name}-e`, pointEncoder().build());
  const decoder = await write(`${name}-d`, pointDecoder(order).build());
  const out = join(root, name);
  await adoptModel({ encoder, decoder, image, out });
  return out;
}

const settings: GivenSettings = { devices: ['cpu'] };

describe('whether a decoder belongs to its encoder', () => {
  test('a pair of points that works where its embeddings are passes, though it is off near 0', async () => {
    const { passed, models } = await checkModels([await adoptPair('pair')], { settings });
    expect(models[0]?.outcomes.flatMap(({ findings }) => findings)).toEqual([]);
    expect(passed).toBe(true);
  });

  test('the decoder of another training fails, with what to do', async () => {
    const out = await adoptPair('mismatched', [2, 3, 1, 0]);
    const { models } = await checkModels([out], { settings });
    const failed = models[0]?.outcomes.filter(({ status }) => status === 'failed') ?? [];
    expect(failed.map(({ check }) => check)).toEqual(['pair/decoder']);
    expect(failed[0]?.findings[0]?.message).toMatch(
      /those of other items by .*, the mean of the items/,
    );
    expect(failed[0]?.remedy).toContain('Where mean and log_var are swapped');
  });
});

describe('graphs that cannot be adopted are each refused for what they are', () => {
  const encoderOf = (
    make: (g: GraphBuilder) => string,
    change: (model: Model) => void = () => {},
  ): Model => {
    const g = new GraphBuilder('encoder');
    embedding(g, make(g), 'n');
    const model = g.build();
    change(model);
    return model;
  };
  const input = (g: GraphBuilder) => g.input('x', 'float32', ['n', PIXELS]);
  const cast = (dtype: 'float16' | 'float64' | 'uint8') =>
    encoderOf((g) => g.node('Cast', [g.input('x', dtype, ['n', PIXELS])], { to: attr.int(1) }));
  const rename = (model: Model, opType: string, domain = '') => {
    const [node] = model.graph.nodes;
    if (node) Object.assign(node, { opType, domain });
    if (domain) model.opsets.set(domain, 1);
  };
  const relu = (change?: (model: Model) => void) =>
    encoderOf((g) => g.node('Relu', [input(g)]), change);

  test.each<[string, () => Model, RegExp]>([
    ['halves', () => cast('float16'), /takes 'x' as float16; .* model\.float\(\)/],
    ['doubles', () => cast('float64'), /takes 'x' as float64; .* model\.float\(\)/],
    ['bytes', () => cast('uint8'), /takes 'x' as uint8; .* --range 0,255/],
    [
      'open sizes',
      () => encoderOf((g) => g.node('Flatten', [g.input('x', 'float32', ['n', 1, 'h', 'w'])])),
      /\[batch, 1, h, w\], with open dimensions beside the batch/,
    ],
    [
      'an input without a shape',
      () => relu(({ graph: { inputs } }) => Object.assign(inputs[0]?.type ?? {}, { shape: null })),
      /takes 'x' without a shape, .* Export it with the shape \[batch, …\]/,
    ],
    [
      'a draw',
      () => encoderOf((g) => g.node('Add', [input(g), g.node('RandomNormalLike', ['x'])])),
      /RandomNormalLike '.*' draws random numbers.* model\.eval\(\)/,
    ],
    [
      'a weight that is no number',
      () =>
        encoderOf((g) => g.node('Mul', [input(g), g.initializer('gain', 'float32', [NaN], [])])),
      /'z' that are no finite number\. Of its weights, 'gain' has 1 of 1 /,
    ],
    [
      'numbers that overflow',
      () => encoderOf((g) => g.node('Div', [input(g), g.initializer('none', 'float32', [0], [])])),
      /Its weights are finite/,
    ],
    [
      'an operator set that is unknown',
      () => relu(({ opsets }) => void opsets.set('', 99)),
      /^ONNX Runtime cannot open the encoder: .*the operator set is 99; .*opset_version=22/,
    ],
    [
      'an operator of another library',
      () => relu((model) => rename(model, 'Magic', 'my.ops')),
      /^ONNX Runtime cannot open the encoder: .* It has no my\.ops\.Magic/,
    ],
    [
      'a normalisation over the batch',
      () =>
        encoderOf((g) => {
          const mean = g.node('ReduceMean', [input(g)], { axes: attr.ints([0]) });
          return g.node('Sub', ['x', mean]);
        }),
      /rows that influence each other: .* normalisation over the batch/,
    ],
    [
      'scales that are taken over the batch',
      () =>
        encoderOf((g) => {
          const quantised = g.node('DynamicQuantizeLinear', [input(g)], {}, { outputs: 3 });
          return g.node('DequantizeLinear', quantised);
        }),
      /rows that influence each other: .* quantised dynamically: DynamicQuantizeLinear .*quantize_static/,
    ],
    [
      'indices of words',
      () =>
        encoderOf((g) => {
          const words = g.initializer('words', new Float32Array(8).fill(1), [8]);
          return g.node('Gather', [words, g.input('input_ids', 'int64', ['n', PIXELS])]);
        }),
      /takes 'input_ids' as int64: indices, such as those of words, and no pictures/,
    ],
    [
      'a connection past the middle',
      () => {
        const g = new GraphBuilder('unet');
        const x = input(g);
        const w = g.initializer('w', new Float32Array(PIXELS * LATENT).fill(1), [PIXELS, LATENT]);
        const middle = g.node('MatMul', [x, w]);
        const up = g.node('MatMul', [middle, g.node('Transpose', [w])]);
        g.output(g.node('Add', [up, x], {}, { output: 'y' }), 'float32', ['n', PIXELS]);
        return g.build();
      },
      /gives 'y', .* it is no autoencoder \(the skip connections of a U-Net/,
    ],
  ])('%s', async (name, make, message) => {
    const encoder = await write(name, make());
    const adopted = adoptModel({ encoder, image, out: join(root, `refused ${name}`) });
    const problem = await adopted.catch((error: Error & { code: string }) => error);
    expect(problem).toMatchObject({
      code: 'invalid-data',
      message: expect.any(String),
    });
    expect((problem as Error).message).toMatch(message);
    expect((problem as Error).message).not.toContain('dynamic batch');
  });

  test('a batch that is fixed inside: to be exported with a dynamic one', async () => {
    const model = encoderOf((g) => {
      const to = g.initializer('to', 'int64', [2n, BigInt(PIXELS)], [2]);
      return g.node('Reshape', [input(g), to]);
    });
    const encoder = await write('inside', model);
    await expect(adoptModel({ encoder, image, out: join(root, 'inside') })).rejects.toThrow(
      /fixed inside it, which cannot be opened: .* Export it with a dynamic batch/,
    );
  });
});

test('an encoder whose latent is empty is told so, not the card', async () => {
  const g = new GraphBuilder('encoder');
  const x = g.input('x', 'float32', ['n', PIXELS]);
  const none = g.initializer('none', new Float32Array(0), [PIXELS, 0]);
  g.output(g.node('MatMul', [x, none], {}, { output: 'mean' }), 'float32', ['n', 0]);
  const encoder = await write('empty', g.build());
  await expect(adoptModel({ encoder, image, out: join(root, 'empty') })).rejects.toMatchObject({
    code: 'invalid-data',
    message: expect.stringContaining("no numbers an item as 'mean', whose shape is [n, 0]"),
  });
});

test.each(['sigma', 'std', 'log_std', 'z_std', 'variance', 'scale'])(
  "'%s' beside the mean is not offered as ln σ²",
  async (name) => {
    const g = new GraphBuilder('encoder');
    const x = g.input('x', 'float32', ['n', PIXELS]);
    embedding(g, x, 'n');
    g.output(g.node('Exp', ['mean'], {}, { output: name }), 'float32', ['n', LATENT]);
    const encoder = await write(name, g.build());
    const problem = await adoptModel({ encoder, image, out: join(root, name) }).catch((e) => e);
    expect(problem.code).toBe('invalid-argument');
    expect(problem.message).toContain(`and '${name}', which the name says is no ln σ²`);
    expect(problem.message).not.toContain('--map log_var');
    // Whoever knows better may, and is told.
    const out = join(root, name);
    const { notes } = await adoptModel({ encoder, image, out, map: { log_var: name } });
    expect(notes[0]).toContain(`'${name}' is taken for ln σ², as --map says; its name says`);
  },
);

test('a batch that was opened leaves no node that nothing reads', async () => {
  const g = new GraphBuilder('encoder');
  const x = g.input('x', 'float32', [1, PIXELS]);
  const to = g.initializer('to', 'int64', [1n, BigInt(PIXELS)], [2]);
  const passed = g.node('Identity', [g.node('Identity', [to])]);
  embedding(g, g.node('Reshape', [g.node('Relu', [x]), passed]), 1);
  const out = join(root, 'unread');
  await adoptModel({ encoder: await write('unread', g.build()), image, out });
  const { graph } = readModel(await readFile(join(out, 'encoder.onnx')));
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Relu', 'Reshape', 'MatMul']);
  expect(graph.initializers.size).toBe(2);
});

describe('the folder', () => {
  test('that cannot be one is refused before anything is read', async () => {
    const file = join(root, 'afile');
    await writeFile(file, '');
    for (const out of [file, join(file, 'x')]) {
      await expect(adoptModel({ encoder: 'absent.onnx', image, out })).rejects.toMatchObject({
        code: 'unwritable',
      });
    }
  });

  // root may write anywhere.
  (process.getuid?.() === 0 ? test.skip : test)('that may not be written is refused', async () => {
    const folder = join(root, 'closed');
    await mkdir(folder);
    await chmod(folder, 0o555);
    await expect(
      adoptModel({ encoder: 'absent.onnx', image, out: join(folder, 'x') }),
    ).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringContaining('permissions'),
    });
  });

  test('of an earlier model loses its graphs and its record, and keeps what is not its own', async () => {
    const out = await adoptPair('again');
    expect((await recordModels([out], { settings })).passed).toBe(true);
    await writeFile(join(out, 'notes.txt'), 'mine');
    expect(await readdir(out)).toEqual(expect.arrayContaining(['check.json', 'decoder.onnx']));
    const encoder = await write('alone', pointEncoder().build());
    await adoptModel({ encoder, image, out });
    expect((await readdir(out)).sort()).toEqual([
      'encoder.onnx',
      'golden.safetensors',
      'model.json',
      'notes.txt',
    ]);
    expect((await checkModels([out], { settings })).passed).toBe(true);
  });

  test('that holds something else than a model is refused, and left as it is', async () => {
    const out = join(root, 'other');
    await mkdir(out);
    await writeFile(join(out, 'encoder.onnx'), 'source');
    const encoder = await write('elsewhere', pointEncoder().build());
    await expect(adoptModel({ encoder, image, out })).rejects.toThrow('holds an earlier model');
    expect(await readFile(join(out, 'encoder.onnx'), 'utf8')).toBe('source');
  });

  test('that was made for a model which cannot be written is not left behind', async () => {
    const out = join(root, 'made');
    // A write that fails amid the others, as on a full disk.
    const files = { 'encoder.onnx': new Uint8Array(1), 'none/decoder.onnx': new Uint8Array(1) };
    const writing = writeModelFolder(out, files, {} as ModelCard);
    await expect(writing).rejects.toMatchObject({ code: 'unwritable' });
    expect(await readdir(root)).not.toContain('made');
  });
});
