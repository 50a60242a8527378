import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** What is needed of a layer; tfjs-layers keeps most of it private. */
interface Connected {
  getClassName(): string;
  inboundNodes: { inputTensors: SymbolicTensor[] }[];
  /** Of an embedding: how many indices there are. */
  inputDim?: number;
  /** Of a layer around another one, which it applies to every step. */
  layer?: Connected;
  /** Of a model within a model. */
  layers?: Connected[];
  inputs?: SymbolicTensor[];
  outputs?: SymbolicTensor[];
}

/** The largest index, by the place of an input; the smallest is 0. */
type Highest = Map<number, number>;

/** What each of several inputs may be at most so that what comes of them is no more than `high`. */
type Sharing = (high: number, inputs: number) => number;

const whole: Sharing = (high) => high;

/** Layers that hand whole numbers on, or make some of others. */
const HANDING: Readonly<Record<string, Sharing>> = {
  Reshape: whole,
  Flatten: whole,
  Permute: whole,
  RepeatVector: whole,
  Dropout: whole,
  SpatialDropout1D: whole,
  Masking: whole,
  Cropping2D: whole,
  ZeroPadding2D: whole,
  UpSampling2D: whole,
  MaxPooling1D: whole,
  MaxPooling2D: whole,
  GlobalMaxPooling1D: whole,
  GlobalMaxPooling2D: whole,
  Concatenate: whole,
  Maximum: whole,
  Minimum: whole,
  Add: (high, inputs) => Math.floor(high / inputs),
  Multiply: (high, inputs) => Math.floor(high ** (1 / inputs)),
};

/** By the place of a model's input, the indices that an embedding behind it takes. */
export function indexRanges(model: LayersModel): Map<number, readonly [number, number]> {
  const highest = highestOf(model as unknown as Connected);
  return new Map([...highest].map(([place, high]) => [place, [0, high]]));
}

function highestOf(model: Connected): Highest {
  const highest: Highest = new Map();
  for (const layer of model.layers ?? []) {
    for (const [place, high] of taken(unwrapped(layer))) {
      for (const node of layer.inboundNodes) reach(model, node.inputTensors[place], high, highest);
    }
  }
  return highest;
}

/** The indices that a layer takes itself. */
function taken(layer: Connected): Highest {
  if (layer.layers !== undefined) return highestOf(layer);
  const isEmbedding = layer.getClassName() === 'Embedding' && layer.inputDim !== undefined;
  return new Map(isEmbedding ? [[0, (layer.inputDim as number) - 1]] : []);
}

function unwrapped(layer: Connected): Connected {
  return layer.getClassName() === 'TimeDistributed' && layer.layer ? layer.layer : layer;
}

/** Notes what the inputs of a model may be so that a value in it is no more than `high`. */
function reach(
  model: Connected,
  tensor: SymbolicTensor | undefined,
  high: number,
  highest: Highest,
): void {
  if (tensor === undefined) return;
  const place = (model.inputs ?? []).findIndex(({ id }) => id === tensor.id);
  if (place >= 0) {
    highest.set(place, Math.min(high, highest.get(place) ?? high));
    return;
  }
  const layer = tensor.sourceLayer as unknown as Connected;
  const given = layer.inboundNodes[tensor.nodeIndex]?.inputTensors ?? [];
  const handing = handed(unwrapped(layer), tensor.tensorIndex, high, given.length);
  for (const [i, each] of handing) reach(model, given[i], each, highest);
}

/** What the inputs of a layer may be so that an output of it is no more than `high`. */
function handed(layer: Connected, output: number, high: number, inputs: number): Highest {
  const highest: Highest = new Map();
  if (layer.layers !== undefined) {
    reach(layer, layer.outputs?.[output], high, highest);
    return highest;
  }
  const share = HANDING[layer.getClassName()];
  for (let i = 0; share && i < inputs; i++) highest.set(i, share(high, inputs));
  return highest;
}
