import { type Tensor, Tensor as TensorClass } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { ExportError } from './error.ts';
import type { InputSpec, InputSpecs } from './trace/inputs.ts';
import { stableNames } from './trace/layers.ts';
import type { Traceable } from './trace/trace.ts';

/** What a traced function may return: one tensor, a list, or tensors by name. */
export type TensorResult = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** A function on tensors. Written as a method so that `(x: Tensor2D) => …` fits as well. */
export type TensorFunction = {
  call(...inputs: Tensor[]): TensorResult;
}['call'];

/** What this package needs of a GraphModel of `@tensorflow/tfjs-converter`. */
export interface GraphModelLike {
  readonly inputs: readonly { name: string; shape?: number[] | undefined; dtype: string }[];
  readonly outputs: readonly { name: string }[];
  execute(inputs: Record<string, Tensor>, outputs?: string[]): Tensor | Tensor[];
}

export type ExportSource = TensorFunction | LayersModel | GraphModelLike;

/** A source brought into one form: what to call, with what, and how its outputs are called. */
export interface NormalSource {
  readonly kind: 'function' | 'layers-model' | 'graph-model';
  readonly name: string;
  readonly inputs: InputSpecs;
  readonly fn: Traceable;
}

export interface SourceOptions {
  readonly inputs?: InputSpecs | undefined;
  readonly outputs?: readonly string[] | undefined;
}

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
  return {
    kind: 'function',
    name: source.name === '' ? 'function' : source.name,
    inputs: options.inputs,
    fn: (inputs) => named(source(...inputs), options.outputs, null),
  };
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
  const inputNames = stableNames(
    model.inputs.map((input, i) => model.inputNames?.[i] ?? input.name),
  );
  for (const [i, input] of model.inputs.entries()) {
    const name = inputNames[i] as string;
    const shape = input.shape.map((size, axis) =>
      size === null && axis > 0 ? `${name}_dim${axis}` : size,
    );
    own[name] = { shape, dtype: dtypeOf(input.dtype, name) };
  }
  const inputs = options.inputs ?? own;
  if (Object.keys(inputs).length !== model.inputs.length) {
    throw new ExportError(
      'invalid-argument',
      `The model '${model.name}' has ${model.inputs.length} inputs (${Object.keys(own).join(', ')}); ${Object.keys(inputs).length} were described.`,
    );
  }
  return {
    kind: 'layers-model',
    name: /^(model|sequential)_?\d+$/i.test(model.name) ? 'model' : model.name,
    inputs,
    // One batch, however large: predict would cut it into pieces.
    fn: (tensors) =>
      named(
        model.predict(tensors, { batchSize: tensors[0]?.shape[0] ?? 1 }) as Tensor | Tensor[],
        options.outputs,
        stableNames(model.outputNames),
      ),
  };
}

function fromGraphModel(model: GraphModelLike, options: SourceOptions): NormalSource {
  const own: Record<string, InputSpec> = {};
  const plain = (name: string) => name.replace(/:0$/, '');
  for (const { name, shape, dtype } of model.inputs) {
    if (shape === undefined && options.inputs === undefined) {
      throw new ExportError(
        'invalid-argument',
        `The graph model does not tell the shape of its input '${name}': pass inputs with a shape for each of ${model.inputs.map((input) => `'${input.name}'`).join(', ')}.`,
      );
    }
    own[plain(name)] = {
      shape: (shape ?? []).map((size, axis) =>
        size === -1 || size === null ? (axis === 0 ? null : `${plain(name)}_dim${axis}`) : size,
      ),
      dtype: dtypeOf(dtype, name),
    };
  }
  const inputs = options.inputs ?? own;
  const unknown = Object.keys(inputs).length !== model.inputs.length;
  if (unknown) {
    throw new ExportError(
      'invalid-argument',
      `The graph model has ${model.inputs.length} inputs (${model.inputs.map(({ name }) => name).join(', ')}); ${Object.keys(inputs).length} were described.`,
    );
  }
  const outputs = model.outputs.map(({ name }) => name);
  return {
    kind: 'graph-model',
    name: 'graph-model',
    inputs,
    fn: (tensors) => {
      const feeds = Object.fromEntries(
        model.inputs.map(({ name }, i) => [name, tensors[i] as Tensor] as const),
      );
      return named(model.execute(feeds, outputs), options.outputs, outputs.map(plain));
    },
  };
}

function dtypeOf(dtype: string, name: string): 'float32' | 'int32' | 'bool' {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new ExportError(
    'unsupported',
    `The input '${name}' is of type ${dtype}; float32, int32 and bool can be exported.`,
    { problems: [`input '${name}': ${dtype}`] },
  );
}

/** Names for what a function returned: its own, or those asked for. */
function named(
  result: TensorResult,
  wanted: readonly string[] | undefined,
  own: readonly string[] | null,
): [string, Tensor][] {
  const entries: [string, unknown][] =
    result instanceof TensorClass
      ? [[own?.[0] ?? 'output', result]]
      : Array.isArray(result)
        ? result.map((tensor, i) => [own?.[i] ?? `output_${i}`, tensor])
        : Object.entries((result ?? {}) as Record<string, Tensor>);
  for (const [name, tensor] of entries) {
    if (tensor instanceof TensorClass) continue;
    throw new ExportError(
      'invalid-argument',
      `The function returned ${tensor === null ? 'null' : typeof tensor} as '${name}'; expected a tensor, a list of tensors, or tensors by name (not a promise).`,
    );
  }
  if (entries.length === 0) {
    throw new ExportError(
      'invalid-argument',
      'The function returned no tensor; expected a tensor, a list of tensors, or tensors by name (not a promise).',
    );
  }
  if (wanted !== undefined && wanted.length !== entries.length) {
    throw new ExportError(
      'invalid-argument',
      `${wanted.length} output names were given (${wanted.join(', ')}) for ${entries.length} outputs (${entries.map(([name]) => name).join(', ')}).`,
    );
  }
  return entries.map(([name, tensor], i) => [wanted?.[i] ?? name, tensor as Tensor]);
}
