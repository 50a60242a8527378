import { type Dim, GraphBuilder, type Model, OnnxError } from '@latentkit/onnx';
import type { TypedArray, Variable } from '@tensorflow/tfjs-core';
import { ExportError } from './error.ts';
import { kernelTable, refusedKernels } from './kernels/registry.ts';
import { KernelCall } from './lower/call.ts';
import { expand } from './lower/shapes.ts';
import { Unsupported } from './lower/unsupported.ts';
import type { Value } from './lower/value.ts';
import { GraphWriter, onnxType } from './lower/writer.ts';
import { placeOf, type TracedGraph, type TracedLeaf, type TracedTensor } from './trace/graph.ts';
import { checkName } from './trace/inputs.ts';
import { isStatic, type Size, sizeText, symbolOf } from './trace/size.ts';

export interface LowerOptions {
  readonly name: string;
  readonly opset: number;
  /** Whether `tf.Variable`s become constants or inputs of the graph. */
  readonly variables: 'initializers' | 'inputs';
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Names of weights that are no variables, by what identifies their data. */
  readonly weightNames?: ReadonlyMap<object, string> | undefined;
  /** Writes the result of every kernel as a tensor of its own, so that each can be looked at. */
  readonly expose?: boolean | undefined;
}

export interface Lowered {
  readonly model: Model;
  /** The variables that became inputs, in their order. */
  readonly variables: readonly { name: string; variable: Variable }[];
  /** With `expose`: names of values by the tensors' indices. */
  readonly names: ReadonlyMap<number, string>;
}

/** The IR version that came with each opset, so that old runtimes accept what they can run. */
const IR_VERSIONS: Readonly<Record<number, number>> = {
  13: 7,
  14: 7,
  15: 8,
  16: 8,
  17: 8,
  18: 8,
  19: 9,
  20: 9,
  21: 10,
  22: 10,
};

export const OPSETS = Object.keys(IR_VERSIONS).map(Number);

/**
 * Writes a traced computation as an ONNX model.
 *
 * @throws ExportError `unsupported` with every kernel that has no ONNX form, and its layer
 */
export async function lowerGraph(graph: TracedGraph, options: LowerOptions): Promise<Lowered> {
  const irVersion = IR_VERSIONS[options.opset];
  if (irVersion === undefined) {
    throw new ExportError(
      'invalid-argument',
      `opset is ${options.opset}; expected one of ${OPSETS.join(', ')}.`,
    );
  }
  const builder = new GraphBuilder(options.name, {
    opset: options.opset,
    irVersion,
    producerName: 'latentkit',
    ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
  });
  for (const name of namesOf(graph, options)) builder.reserve(name);
  const writer = new GraphWriter(builder, options.opset);
  const values = new Map<number, Value>();
  const dimOf = (size: Size) => dimName(size, graph.symbols.names);
  const addInput = (name: string, tensor: TracedTensor) => {
    builder.input(name, onnxType(tensor.dtype), tensor.shape.map(dimOf));
    values.set(tensor.index, writer.named(name, tensor.shape, tensor.dtype));
  };
  for (const { name, tensor } of graph.inputs) addInput(name, tensor);
  for (const leaf of graph.leaves.values()) {
    if (leaf.kind === 'noise') addInput(leaf.name, leaf.tensor);
  }
  const variables: { name: string; variable: Variable }[] = [];
  const arrays = await readLeaves(graph, options);
  for (const [index, leaf] of graph.leaves) {
    if (leaf.kind === 'uniform') {
      values.set(index, writer.uniform(leaf.value, leaf.tensor.shape, leaf.tensor.dtype));
    } else if (leaf.kind === 'rows') {
      values.set(index, rowsValue(writer, leaf));
    } else if (leaf.kind === 'data') {
      const array = arrays.get(index);
      if (array !== undefined) values.set(index, constantValue(writer, leaf, array, options));
      else if (leaf.variable !== null) {
        addInput(leaf.variable.name, leaf.tensor);
        variables.push({ name: leaf.variable.name, variable: leaf.variable });
      }
    }
  }
  lowerKernels(graph, writer, values, options.expose ?? false);
  writer.scope = '';
  for (const { name, tensor } of graph.outputs) {
    const value = values.get(tensor.index) as Value;
    const written = writeOutput(name, () => writer.name(value));
    builder.output(written, onnxType(tensor.dtype), tensor.shape.map(dimOf), name);
  }
  const names = new Map<number, string>();
  if (options.expose) for (const [index, value] of values) names.set(index, writer.name(value));
  return { model: builder.build(), variables, names };
}

/** What was only noted so far is written at the latest here, and may turn out not to be possible. */
function writeOutput(name: string, write: () => string): string {
  try {
    return write();
  } catch (error) {
    if (error instanceof Unsupported) throw unsupported([`output '${name}': ${error.message}`]);
    throw error;
  }
}

/**
 * The names of all inputs and outputs: nothing else may take one of them.
 *
 * @throws ExportError `invalid-argument` where two are the same, or one is empty or `__proto__`
 */
function namesOf(graph: TracedGraph, { variables }: LowerOptions): readonly string[] {
  const names = [...graph.inputs, ...graph.outputs].map(({ name }) => name);
  for (const leaf of graph.leaves.values()) {
    if (leaf.kind === 'noise') names.push(leaf.name);
    if (leaf.kind === 'data' && leaf.variable !== null && variables === 'inputs') {
      names.push(leaf.variable.name);
    }
  }
  for (const name of names) checkName(name, 'An input or output');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return names;
  throw new ExportError(
    'invalid-argument',
    `Two inputs or outputs are called '${twice}'; every one needs a name of its own (see the option outputs).`,
  );
}

/** A size of the graph's inputs and outputs. What is made up for `2·n` is left out where a dimension is called that. */
function dimName(size: Size, symbols: readonly string[]): Dim {
  if (isStatic(size)) return size;
  if (size.formula === null) return null;
  const text = sizeText(size);
  return symbolOf(size.formula) === null && symbols.includes(text) ? null : text;
}

/** The values of the leaves that become constants, read in one go. */
async function readLeaves(
  graph: TracedGraph,
  options: LowerOptions,
): Promise<Map<number, TypedArray>> {
  const wanted = [...graph.leaves].flatMap(([index, leaf]) =>
    leaf.kind === 'data' && !(options.variables === 'inputs' && leaf.variable !== null)
      ? [{ index, data: leaf.data }]
      : [],
  );
  const read = wanted.map(
    async ({ index, data }) => [index, (await data.data()) as TypedArray] as const,
  );
  return new Map(await Promise.all(read));
}

function constantValue(
  writer: GraphWriter,
  leaf: TracedLeaf & { kind: 'data' },
  array: TypedArray,
  { weightNames }: LowerOptions,
): Value {
  const { shape, dtype } = leaf.tensor;
  const first = Number(array[0]);
  const isNumber =
    leaf.variable === null &&
    (leaf.created || array.length === 1) &&
    array.length > 0 &&
    array.every((value) => Object.is(Number(value), first));
  if (isNumber) return writer.uniform(first, shape, dtype);
  const dims = shape.map((size) => size as number);
  const name = writer.builder.initializer(
    weightNames?.get(leaf.dataId) ?? nameOfLeaf(leaf),
    onnxType(dtype),
    array as never,
    dims,
  );
  return writer.named(name, shape, dtype);
}

/** One row, broadcast along the dynamic first dimension. */
function rowsValue(writer: GraphWriter, leaf: TracedLeaf & { kind: 'rows' }): Value {
  const { shape, dtype } = leaf.tensor;
  const dims = [1, ...shape.slice(1).map((size) => size as number)];
  const name = writer.builder.initializer('rows', onnxType(dtype), leaf.row as never, dims);
  const value = expand(writer.named(name, dims, dtype), shape);
  return writer.noteConstantRow(value, Array.from(leaf.row));
}

/**
 * A weight is named after its layer and its role. tfjs numbers the names of variables across the
 * whole process (`kernel_7`); that number is left out, so that the same model has the same names.
 */
function nameOfLeaf(leaf: TracedLeaf & { kind: 'data' }): string {
  const role = leaf.variable?.name.split('/').at(-1)?.replace(/_\d+$/, '');
  if (leaf.scope !== '') return `${leaf.scope}/${role ?? 'const'}`;
  return leaf.variable?.name ?? 'const';
}

const CONFLICT = 'its attributes differ between calls';

function lowerKernels(
  graph: TracedGraph,
  writer: GraphWriter,
  values: Map<number, Value>,
  expose: boolean,
): void {
  const problems = new Set<string>();
  /** Why values are stand-ins: what fails further on for the same reason is only their consequence. */
  const reasons = new Map<number, ReadonlySet<string>>();
  let conflict: ExportError | null = null;
  for (const kernel of graph.kernels) {
    writer.scope = kernel.scope;
    const lowered = (tensor: TracedTensor) => values.get(tensor.index) as Value;
    const inputs = Object.entries(kernel.inputs).map(
      ([name, input]) =>
        [name, Array.isArray(input) ? input.map(lowered) : lowered(input as TracedTensor)] as const,
    );
    const inherited = new Set(
      Object.values(kernel.inputs)
        .flat()
        .flatMap(({ index }: TracedTensor) => [...(reasons.get(index) ?? [])]),
    );
    let results: readonly Value[];
    try {
      if (kernel.conflict !== null && !refusedKernels.has(kernel.kernel)) {
        conflict ??= kernel.conflict;
        throw new Unsupported(CONFLICT);
      }
      const lowering = kernelTable.get(kernel.kernel);
      if (lowering === undefined) throw new Unsupported('there is no lowering for this kernel');
      const call = new KernelCall(kernel.kernel, new Map(inputs), kernel.attrs, kernel.outputs);
      const result = lowering(call, writer);
      results = Array.isArray(result) ? result : [result as Value];
    } catch (error) {
      if (!(error instanceof Unsupported || OnnxError.isInstance(error))) throw error;
      const isConsequence = inherited.has(error.message) && !refusedKernels.has(kernel.kernel);
      if (error.message !== CONFLICT && !isConsequence) {
        problems.add(`${placeOf(kernel)}: ${error.message}`);
      }
      inherited.add(error.message);
      // A stand-in, so that what is wrong further on is found as well.
      results = kernel.outputs.map(({ shape, dtype }) => writer.uniform(0, shape, dtype));
    }
    for (const [i, output] of kernel.outputs.entries()) {
      if (inherited.size > 0) reasons.set(output.index, inherited);
      // A backend may return an input as it is; the first to produce a value stays its owner.
      if (!values.has(output.index)) values.set(output.index, results[i] as Value);
      if (expose) writer.name(results[i] as Value);
    }
  }
  if (problems.size > 0) throw unsupported([...problems]);
  if (conflict !== null) throw conflict;
}

function unsupported(problems: readonly string[]): ExportError {
  const what = problems.length === 1 ? 'One kernel' : `${problems.length} kernels`;
  const list = problems.map((problem) => `  - ${problem}`).join('\n');
  return new ExportError(
    'unsupported',
    `${what} cannot be exported to ONNX:\n${list}\nThe kernels that can are listed in docs/tfjs-layers.md.`,
    { problems },
  );
}
