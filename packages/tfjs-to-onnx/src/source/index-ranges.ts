import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** What is needed of a layer; tfjs-layers keeps most of it private. */
interface Connected {
  getClassName(): string;
  inboundNodes: { inputTensors: SymbolicTensor[] }[];
  /** Of an embedding: how many indices there are. */
  inputDim?: number;
  /** Of a model within a model. */
  layers?: Connected[];
  inputs?: SymbolicTensor[];
}

/** Layers that hand values on as they are. */
const PASSING = new Set([
  'Reshape',
  'Flatten',
  'Permute',
  'RepeatVector',
  'Dropout',
  'SpatialDropout1D',
  'Masking',
]);

/** By the place of a model's input, the indices that an embedding behind it takes. */
export function indexRanges(model: LayersModel): Map<number, readonly [number, number]> {
  return rangesOf(model as unknown as Connected);
}

function rangesOf(model: Connected): Map<number, readonly [number, number]> {
  const ranges = new Map<number, readonly [number, number]>();
  const places = new Map((model.inputs ?? []).map((input, place) => [input.id, place]));
  const note = (tensor: SymbolicTensor | undefined, range: readonly [number, number]) => {
    let source = tensor;
    while (source !== undefined) {
      const place = places.get(source.id);
      if (place !== undefined) {
        const before = ranges.get(place);
        ranges.set(place, [0, Math.min(range[1], before?.[1] ?? range[1])]);
        return;
      }
      const layer = source.sourceLayer as unknown as Connected;
      if (!PASSING.has(layer.getClassName())) return;
      source = layer.inboundNodes[source.nodeIndex]?.inputTensors[0];
    }
  };
  for (const layer of model.layers ?? []) {
    const inner: ReadonlyMap<number, readonly [number, number]> =
      layer.layers !== undefined
        ? rangesOf(layer)
        : layer.getClassName() === 'Embedding' && layer.inputDim !== undefined
          ? new Map([[0, [0, layer.inputDim - 1] as const]])
          : new Map();
    for (const [place, range] of inner) {
      for (const node of layer.inboundNodes) note(node.inputTensors[place], range);
    }
  }
  return ranges;
}
