import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { ExportError } from '../error.ts';
import type { InputSpec } from '../trace/inputs.ts';
import { stableNames } from '../trace/layers.ts';
import { fromGraphModel, type GraphModelLike } from './graph-model.ts';
import { indexRanges } from './index-ranges.ts';
import {
  dtypeOf,
  inputNames,
  type NormalSource,
  named,
  type SourceOptions,
  type TensorFunction,
} from './normal-source.ts';

export type ExportSource = TensorFunction | LayersModel | GraphModelLike;

export function normaliseSource(source: ExportSource, options: SourceOptions): NormalSource {
  if (typeof source === 'function') return fromFunction(source, options);
  if (isLayersModel(source)) return fromLayersModel(source, options);
  if (isGraphModel(source)) return fromGraphModel(source, options);
  throw new ExportError(
    'invalid-argument',
    `Got ${source === null ? 'null' : typeof source} to export; expected a LayersModel, a GraphModel, or a function on tensors.`,
  );
}

const isLayersModel = (source: unknown): source is LayersModel =>
  typeof source === 'object' && source !== null && 'predict' in source && 'layers' in source;

const isGraphModel = (source: unknown): source is GraphModelLike =>
  typeof source === 'object' && source !== null && 'execute' in source && 'inputs' in source;

function fromFunction(source: TensorFunction, options: SourceOptions): NormalSource {
  if (options.inputs === undefined || Object.keys(options.inputs).length === 0) {
    throw new ExportError(
      'invalid-argument',
      'A function is exported by its inputs: pass inputs: { x: { shape: [null, 784] } }, in the order of its parameters.',
    );
  }
  const taken = inputNames(options.inputs, options);
  return {
    kind: 'function',
    name: source.name === '' ? 'function' : source.name,
    inputs: options.inputs,
    fn: (inputs) =>
      named(source(...inputs), options.outputs, (place) =>
        madeUpOutput(place === null ? 'output' : `output_${place}`, taken),
      ),
  };
}

/** A name for an output that has none, which no input has. */
function madeUpOutput(wish: string, taken: readonly string[]): string {
  let name = wish;
  while (taken.includes(name)) name = `${name}_value`;
  return name;
}

function fromLayersModel(model: LayersModel, options: SourceOptions): NormalSource {
  if ((model.inputs ?? []).length === 0 || (model.outputs ?? []).length === 0) {
    throw new ExportError(
      'invalid-argument',
      `The model '${model.name}' is not built yet: it needs layers, the first of them with an inputShape.`,
    );
  }
  const stateful = model.layers.filter((layer) => layer.stateful);
  if (stateful.length > 0) {
    throw new ExportError(
      'unsupported',
      `The layers ${stateful.map((layer) => `'${layer.name}'`).join(', ')} keep a state between calls (stateful: true), which an ONNX graph does not. Rebuild the model with stateful: false and pass the state in and out as tensors.`,
      { problems: stateful.map((layer) => `${layer.name}: stateful`) },
    );
  }
  const own: Record<string, InputSpec> = {};
  const ranges = indexRanges(model);
  const names = stableNames(model.inputs.map((input, i) => model.inputNames?.[i] ?? input.name));
  for (const [i, input] of model.inputs.entries()) {
    const name = names[i] as string;
    const shape = input.shape.map((size, axis) =>
      size === null && axis > 0 ? `${name}_dim${axis}` : size,
    );
    own[name] = { shape, dtype: dtypeOf(input.dtype, name) };
  }
  const described = Object.entries(options.inputs ?? own).map(([name, spec], i) => {
    const range = spec.range ?? ranges.get(i);
    return [name, range === undefined ? spec : { ...spec, range }] as const;
  });
  const inputs = Object.fromEntries(described);
  if (Object.keys(inputs).length !== model.inputs.length) {
    throw new ExportError(
      'invalid-argument',
      `The model '${model.name}' has ${model.inputs.length} inputs (${Object.keys(own).join(', ')}); ${Object.keys(inputs).length} were described.`,
    );
  }
  // Known once the model has been called.
  const outputs = () => stableNames(model.outputNames, inputNames(inputs, options));
  return {
    kind: 'layers-model',
    name: /^(model|sequential)_?\d+$/i.test(model.name) ? 'model' : model.name,
    inputs,
    // One batch, however large: predict would cut it into pieces.
    fn: (tensors) =>
      named(
        model.predict(tensors, { batchSize: tensors[0]?.shape[0] ?? 1 }) as Tensor | Tensor[],
        options.outputs,
        (place) => outputs()[place ?? 0] as string,
      ),
  };
}
