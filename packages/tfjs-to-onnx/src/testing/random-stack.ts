import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { withWaves } from './layer-case.ts';

type Shape = readonly number[];

/** One kind of layer: where it can stand, and what it makes of a gene. */
interface Kind {
  readonly fits: (shape: Shape) => boolean;
  readonly make: (gene: number, shape: Shape) => layers.Layer;
}

const pick = <T>(list: readonly T[], gene: number): T => list[gene % list.length] as T;
const rank = (n: number) => (shape: Shape) => shape.length === n;
const atLeast = (n: number, size: number) => (shape: Shape) =>
  shape.length === n && shape.slice(0, -1).every((side) => side >= size);
const any = () => true;

const ACTIVATIONS = [
  'relu',
  'tanh',
  'sigmoid',
  'elu',
  'selu',
  'softplus',
  'softsign',
  'swish',
  'gelu',
  'hardSigmoid',
  'relu6',
  'linear',
] as const;
const PADDINGS = ['same', 'valid'] as const;
const activation = (gene: number) => pick(ACTIVATIONS, gene >> 3) as 'relu';

const KINDS: readonly Kind[] = [
  { fits: any, make: (g) => layers.dense({ units: 1 + (g % 5), activation: activation(g) }) },
  { fits: any, make: (g) => layers.activation({ activation: activation(g) }) },
  { fits: any, make: () => layers.batchNormalization() },
  { fits: (shape) => shape.at(-1) !== 1, make: () => layers.layerNormalization({ epsilon: 0.1 }) },
  { fits: any, make: (g) => layers.leakyReLU({ alpha: 0.05 * (g % 7) }) },
  { fits: any, make: () => layers.prelu() },
  { fits: any, make: (g) => layers.dropout({ rate: (g % 9) / 10 }) },
  { fits: any, make: (_, shape) => layers.softmax({ axis: shape.length }) },
  { fits: (shape) => shape.length > 1, make: () => layers.flatten() },
  {
    fits: (shape) => shape.length > 1,
    make: (g, shape) => {
      const axes = shape.map((_, i) => i + 1);
      const turn = 1 + (g % (axes.length - 1));
      return layers.permute({ dims: [...axes.slice(turn), ...axes.slice(0, turn)] });
    },
  },
  {
    fits: (shape) => shape.length === 1 && (shape[0] as number) % 2 === 0,
    make: (_, shape) => layers.reshape({ targetShape: [2, (shape[0] as number) / 2] }),
  },
  {
    fits: (shape) => shape.length === 2 && (shape[0] as number) % 2 === 0,
    make: (_, shape) =>
      layers.reshape({ targetShape: [2, (shape[0] as number) / 2, shape[1] as number] }),
  },
  { fits: rank(1), make: (g) => layers.repeatVector({ n: 1 + (g % 4) }) },
  {
    fits: rank(2),
    make: (g) =>
      layers.lstm({
        units: 1 + (g % 4),
        returnSequences: g % 2 === 0,
        goBackwards: g % 3 === 0,
        recurrentInitializer: 'zeros',
      }),
  },
  {
    fits: rank(2),
    make: (g) =>
      layers.gru({
        units: 1 + (g % 4),
        returnSequences: g % 2 === 0,
        recurrentInitializer: 'zeros',
      }),
  },
  {
    fits: rank(2),
    make: (g) =>
      layers.simpleRNN({
        units: 1 + (g % 4),
        returnSequences: g % 2 === 0,
        recurrentInitializer: 'zeros',
      }),
  },
  {
    fits: atLeast(2, 3),
    make: (g) =>
      layers.conv1d({
        filters: 1 + (g % 4),
        kernelSize: 1 + (g % 3),
        strides: 1 + ((g >> 2) % 2),
        padding: pick(PADDINGS, g >> 3),
        activation: activation(g),
      }),
  },
  {
    fits: atLeast(2, 2),
    make: (g) =>
      layers.maxPooling1d({ poolSize: 2, strides: 1 + (g % 2), padding: pick(PADDINGS, g >> 2) }),
  },
  {
    fits: atLeast(2, 2),
    make: (g) =>
      layers.averagePooling1d({
        poolSize: 2,
        strides: 1 + (g % 2),
        padding: pick(PADDINGS, g >> 2),
      }),
  },
  {
    fits: rank(2),
    make: (g) => pick([layers.globalAveragePooling1d, layers.globalMaxPooling1d], g)({}),
  },
  {
    fits: atLeast(3, 3),
    make: (g) =>
      layers.conv2d({
        filters: 1 + (g % 4),
        kernelSize: [1 + (g % 3), 1 + ((g >> 1) % 3)],
        strides: 1 + ((g >> 2) % 2),
        padding: pick(PADDINGS, g >> 3),
        activation: activation(g),
      }),
  },
  {
    fits: atLeast(3, 1),
    make: (g) =>
      layers.conv2dTranspose({
        filters: 1 + (g % 3),
        kernelSize: 1 + (g % 3),
        strides: 1 + ((g >> 2) % 2),
        padding: pick(PADDINGS, g >> 3),
        activation: activation(g),
      }),
  },
  {
    fits: atLeast(3, 3),
    make: (g) =>
      layers.depthwiseConv2d({
        kernelSize: 1 + (g % 3),
        depthMultiplier: 1 + (g % 2),
        padding: pick(PADDINGS, g >> 3),
      }),
  },
  {
    fits: atLeast(3, 3),
    make: (g) =>
      layers.separableConv2d({
        filters: 1 + (g % 4),
        kernelSize: 2 + (g % 2),
        padding: pick(PADDINGS, g >> 3),
        activation: activation(g),
      }),
  },
  {
    fits: atLeast(3, 2),
    make: (g) =>
      layers.maxPooling2d({
        poolSize: 2,
        strides: [1 + (g % 2), 1 + ((g >> 1) % 2)],
        padding: pick(PADDINGS, g >> 2),
      }),
  },
  {
    fits: atLeast(3, 2),
    make: (g) =>
      layers.averagePooling2d({
        poolSize: 2,
        strides: [1 + (g % 2), 1 + ((g >> 1) % 2)],
        padding: pick(PADDINGS, g >> 2),
      }),
  },
  {
    fits: rank(3),
    make: (g) => pick([layers.globalAveragePooling2d, layers.globalMaxPooling2d], g)({}),
  },
  {
    fits: atLeast(3, 1),
    make: (g) =>
      layers.upSampling2d({
        size: [1 + (g % 2), 1 + ((g >> 1) % 2)],
        interpolation: pick(['nearest', 'bilinear'], g >> 2),
      }),
  },
  {
    fits: rank(3),
    make: (g) =>
      layers.zeroPadding2d({
        padding: [
          [g % 2, (g >> 1) % 2],
          [(g >> 2) % 2, 1],
        ],
      }),
  },
  {
    fits: atLeast(3, 3),
    make: (g) =>
      layers.cropping2D({
        cropping: [
          [g % 2, 1],
          [0, (g >> 1) % 2],
        ],
      }),
  },
];

const INPUTS: readonly Shape[] = [[6], [9], [5, 3], [8, 2], [6, 5, 2], [7, 7, 1], [4, 6, 3]];
/** Shapes beyond this are not stacked upon: upsampling and transposed convolutions grow without end. */
const LARGEST = 1500;

/** A stack of layers spelled out by numbers: the first is the input's shape, each other one a layer. */
export function randomStack(genes: readonly number[]): { model: LayersModel; text: string } {
  const [start = 0, ...rest] = genes;
  let shape = pick(INPUTS, start);
  const input = layers.inputLayer({ inputShape: [...shape], name: 'x' });
  const stack: layers.Layer[] = [];
  const model = sequential({ layers: [input] });
  for (const gene of rest) {
    const kind = pick(
      KINDS.filter(({ fits }) => fits(shape)),
      gene,
    );
    const layer = kind.make(Math.floor(gene / KINDS.length), shape);
    model.add(layer);
    stack.push(layer);
    shape = (model.outputs[0]?.shape.slice(1) ?? []) as number[];
    if (shape.reduce((product, n) => product * n, 1) > LARGEST) break;
  }
  if (stack.length === 0) model.add(layers.dense({ units: 2 }));
  const text = `[${pick(INPUTS, start)}] → ${stack.map((layer) => layer.getClassName()).join(' → ')}`;
  return { model: withWaves(model), text };
}

/** Numbers that spell a stack of one to six layers. */
export const stackGenes = fc.array(fc.nat({ max: 100_000 }), { minLength: 2, maxLength: 7 });

/** The stacks of the property test. */
export const STACKS = { numRuns: 300, seed: 20261123 } as const;
