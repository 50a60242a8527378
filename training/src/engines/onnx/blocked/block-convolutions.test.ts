import { describe, expect, test } from '@jest/globals';
import { createRandom, type GraphRunner, type Tensor } from '@latentkit/core';
import { attr, GraphBuilder, type Model, optimize } from '@latentkit/onnx';
import { graphOf, nodesOf, openAsItIs, runAsItIs } from '../testing.ts';
import { blockConvolutions } from './block-convolutions.ts';
import { convolutionBlock } from './convolution-block.ts';
import { NCHWC } from './nchwc.ts';

/** A multiple of every block. */
const CHANNELS = 32;

class Builder extends GraphBuilder {
  items = (channels = CHANNELS, name = 'x') => this.input(name, 'float32', [2, channels, 5, 7]);
  weights = (outputs = CHANNELS, inputs = CHANNELS, taps = 3) =>
    this.input('weights', 'float32', [outputs, inputs, taps, taps]);

  conv(
    input: string,
    filter: string,
    { taps = 3, stride = 1, bias = [] as string[], group = 1 } = {},
  ) {
    const around = Math.floor(taps / 2);
    return this.node('Conv', [input, filter, ...bias], {
      kernel_shape: attr.ints([taps, taps]),
      pads: attr.ints([around, around, around, around]),
      strides: attr.ints([stride, stride]),
      group: attr.int(group),
    });
  }

  /** By default a layer of a decoder: twice the height and width. */
  transposed(
    input: string,
    filter: string,
    { taps = 4, stride = 2, pads = [1, 1, 1, 1], bias = [] as string[], group = 1 } = {},
  ) {
    return this.node('ConvTranspose', [input, filter, ...bias], {
      kernel_shape: attr.ints([taps, taps]),
      pads: attr.ints(pads),
      strides: attr.ints([stride, stride]),
      group: attr.int(group),
    });
  }

  transpose = (input: string, ...perm: number[]) =>
    this.node('Transpose', [input], { perm: attr.ints(perm) });
}

const graph = (build: (g: Builder) => Record<string, string>) =>
  graphOf(new Builder('test'), build);

function run(model: Model): Promise<number[][]> {
  const random = createRandom(3);
  return runAsItIs(model, (values) => random.fillNormal(values, 0.3));
}

const operators = (model: Model) =>
  nodesOf(model).map(({ opType, domain }) => (domain === NCHWC ? `blocked ${opType}` : opType));

const REORDERS = /Reorder/;

async function block(): Promise<number> {
  const found = await convolutionBlock(openAsItIs);
  if (found === undefined) throw new Error('This processor has no kernels for blocks.');
  return found;
}

/** The blocked graph's operators, once its results are those of the graph. */
async function compare(build: (g: Builder) => Record<string, string>): Promise<string[]> {
  const model = graph(build);
  const blocked = optimize(model, { passes: [blockConvolutions(await block()), 'remove-dead'] });
  const [before, after] = [await run(model), await run(blocked)];
  expect(after.map(({ length }) => length)).toEqual(before.map(({ length }) => length));
  for (const [i, values] of before.entries()) {
    const scale = Math.max(...values.map(Math.abs));
    const worst = Math.max(
      ...values.map((value, k) => Math.abs(value - (after[i]?.[k] as number))),
    );
    expect(scale).toBeGreaterThan(0.1);
    expect(worst / scale).toBeLessThan(3e-6);
  }
  return operators(blocked);
}

describe('computes the same', () => {
  test('as a convolution alone, with its filter put in order in one transposition', async () => {
    expect(await compare((g) => ({ y: g.conv(g.items(), g.weights()) }))).toEqual([
      'blocked ReorderInput',
      'Reshape',
      'Transpose',
      'Reshape',
      'blocked Conv',
      'blocked ReorderOutput',
    ]);
  });

  test('with strides, a bias, and other numbers of channels', async () => {
    const found = await compare((g) => {
      const bias = [g.input('bias', 'float32', [2 * CHANNELS])];
      return { y: g.conv(g.items(), g.weights(2 * CHANNELS), { stride: 2, bias }) };
    });
    expect(found).toContain('blocked Conv');
  });

  // As tfjs keeps them, [h, w, I, O], and as the gradient of the input takes them, with inputs and outputs exchanged.
  test.each([
    ['of a layer', [3, 2, 0, 1], [3, 3, CHANNELS, 2 * CHANNELS]],
    ['of a gradient', [2, 3, 0, 1], [3, 3, 2 * CHANNELS, CHANNELS]],
  ])('with the transposed filter %s', async (_, perm, shape) => {
    const found = await compare((g) => {
      const filter = g.transpose(g.input('kernel', 'float32', shape), ...perm);
      return { y: g.conv(g.items(), filter) };
    });
    expect(found.filter((name) => name === 'Transpose')).toHaveLength(1);
  });

  test('through residual blocks, whose elements stay in blocks from end to end', async () => {
    const found = await compare((g) => {
      const [x, weights] = [g.items(), g.weights()];
      const silu = (value: string) => g.node('Mul', [g.node('Sigmoid', [value]), value]);
      const half = g.initializer('half', new Float32Array([0.5]), []);
      const inner = g.conv(silu(x), weights);
      const outer = g.conv(silu(g.node('Mul', [inner, half])), weights);
      return { y: g.node('Add', [x, outer]) };
    });
    expect(found.filter((name) => REORDERS.test(name))).toEqual([
      'blocked ReorderInput',
      'blocked ReorderOutput',
    ]);
  });

  test('as a transposed convolution: a convolution for each pixel of a stride, side by side', async () => {
    const found = await compare((g) => ({ y: g.transposed(g.items(), g.weights(32, 32, 4)) }));
    expect(found.filter((name) => name === 'blocked Conv')).toHaveLength(4);
    expect(found).not.toContain('ConvTranspose');
  });

  // As tfjs keeps them, [h, w, O, I].
  test('with a transposed filter, a bias, and other numbers of channels', async () => {
    const found = await compare((g) => {
      const kernel = g.input('kernel', 'float32', [4, 4, 2 * CHANNELS, CHANNELS]);
      const bias = [g.input('bias', 'float32', [2 * CHANNELS])];
      return { y: g.transposed(g.items(), g.transpose(kernel, 3, 2, 0, 1), { bias }) };
    });
    expect(found.filter((name) => name === 'blocked Conv')).toHaveLength(4);
    // One arranges the filter, one the result.
    expect(found.filter((name) => name === 'Transpose')).toHaveLength(2);
  });

  test.each([
    { taps: 2, stride: 2, pads: [0, 0, 0, 0] },
    { taps: 4, stride: 2, pads: [0, 0, 0, 0] },
    { taps: 4, stride: 2, pads: [0, 1, 2, 1] },
    { taps: 3, stride: 1, pads: [1, 1, 1, 1] },
    { taps: 6, stride: 3, pads: [2, 1, 1, 2] },
  ])('with $taps taps, a stride of $stride, pads $pads', async (window) => {
    const found = await compare((g) => ({
      y: g.transposed(g.items(), g.weights(CHANNELS, CHANNELS, window.taps), window),
    }));
    expect(found.filter((name) => name === 'blocked Conv')).toHaveLength(window.stride ** 2);
  });

  test('through layers of a decoder, which stay in blocks from end to end', async () => {
    const found = await compare((g) => {
      const weights = g.weights(CHANNELS, CHANNELS, 4);
      return {
        y: g.transposed(g.node('Relu', [g.transposed(g.items(), weights)]), weights),
      };
    });
    expect(found.filter((name) => REORDERS.test(name))).toHaveLength(2);
  });

  test('for those who read it otherwise: channels last in one step, sums, outputs on the way', async () => {
    const found = await compare((g) => {
      const y = g.conv(g.items(), g.weights());
      const last = g.transpose(y, 0, 2, 3, 1);
      const turned = g.transpose(y, 1, 0, 2, 3);
      const bias = g.input('row', 'float32', [1, CHANNELS, 1, 1]);
      const active = g.node('Relu', [y]);
      return { last, turned, shifted: g.node('Add', [active, bias]), active, y };
    });
    // One for `last`, one for `y` and `turned`, one for `active` and `shifted`.
    expect(found.filter((name) => name === 'blocked ReorderOutput')).toHaveLength(3);
    expect(found.filter((name) => name === 'Transpose')).toHaveLength(2);
  });
});

describe('leaves alone', () => {
  test.each<[string, (g: Builder) => Record<string, string>]>([
    ['few channels', (g) => ({ y: g.conv(g.items(3), g.weights(CHANNELS, 3)) })],
    ['few outputs', (g) => ({ y: g.conv(g.items(), g.weights(3)) })],
    ['groups', (g) => ({ y: g.conv(g.items(), g.weights(CHANNELS, CHANNELS / 2), { group: 2 }) })],
    [
      'transposed convolutions with groups',
      (g) => ({
        y: g.transposed(g.items(), g.weights(CHANNELS, CHANNELS / 2, 4), { group: 2 }),
      }),
    ],
    [
      'those whose taps or sizes are no multiple of the stride',
      (g) => ({
        y: g.transposed(g.items(), g.weights(CHANNELS, CHANNELS, 3), { taps: 3 }),
        z: g.transposed(g.items(CHANNELS, 'z'), g.node('Identity', ['weights']), {
          ...{ taps: 3, stride: 3, pads: [1, 0, 1, 0] },
        }),
      }),
    ],
    [
      'those that give the shape of their result',
      (g) => ({
        y: g.node('ConvTranspose', [g.items(), g.weights(CHANNELS, CHANNELS, 4)], {
          strides: attr.ints([2, 2]),
          output_shape: attr.ints([10, 14]),
        }),
      }),
    ],
    [
      'those that would cut off rows of their input',
      (g) => ({
        y: g.transposed(g.items(), g.weights(CHANNELS, CHANNELS, 2), {
          taps: 2,
          pads: [2, 2, 2, 2],
        }),
      }),
    ],
    ['a filter that is computed', (g) => ({ y: g.conv(g.items(), g.node('Exp', [g.weights()])) })],
  ])('%s', async (_, build) => {
    const model = graph(build);
    const same = optimize(model, { passes: [blockConvolutions(await block())] });
    expect(operators(same)).toEqual(operators(model));
    expect([...same.opsets.keys()]).not.toContain(NCHWC);
  });
});

describe('the block', () => {
  test('is 8 or 16 channels on this processor', async () => {
    expect([8, 16]).toContain(await block());
  });

  test('is none where the runtime does not have the operators, or reorders in another way', async () => {
    expect(await convolutionBlock(() => Promise.reject(new Error('no such operator')))).toBe(
      undefined,
    );
    const answering = (order: (i: number) => number) => async () =>
      ({
        inputs: [],
        outputs: [],
        device: 'cpu',
        dispose: async () => {},
        run: async ({ given }: Record<string, Tensor>) => {
          const { data, dims, dtype } = given as Tensor;
          const reordered = Float32Array.from(data as Float32Array, (_, i) => order(i));
          return new Proxy({}, { get: () => ({ data: reordered, dims, dtype }) });
        },
      }) as unknown as GraphRunner;
    expect(await convolutionBlock(answering((i) => i))).toBe(undefined);
    expect(await convolutionBlock(answering((i) => 63 - i))).toBe(undefined);
    const pairs = (i: number) => i - (i % 4) + 2 * (i % 2) + Math.floor((i % 4) / 2);
    expect(await convolutionBlock(answering(pairs))).toBe(2);
  });
});
