import type { Tensor } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';
import { controlFlow } from '../trace/explain.ts';
import type { InputSpec } from '../trace/inputs.ts';
import { labelKernels } from '../trace/record.ts';
import { restore } from '../trace/restore.ts';
import { dtypeOf, type NormalSource, named, type SourceOptions } from './normal-source.ts';

/** What this package needs of a GraphModel of `@tensorflow/tfjs-converter`. */
export interface GraphModelLike {
  readonly inputs: readonly { name: string; shape?: number[] | undefined; dtype: string }[];
  readonly outputs: readonly { name: string }[];
  execute(inputs: Record<string, Tensor>, outputs?: string[]): Tensor | Tensor[];
}

export function fromGraphModel(model: GraphModelLike, options: SourceOptions): NormalSource {
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
      const results = withNodeNames(model, () => executeStatic(model, feeds, outputs));
      return named(results, options.outputs, (place) => plain(outputs[place ?? 0] as string));
    },
    weightNames: weightNamesOf(model),
  };
}

/** What a GraphModel keeps to itself: where its nodes are run, and its weights by name. */
interface Executor {
  weightMap?: Readonly<Record<string, readonly Tensor[]>>;
  graph?: { nodes?: Readonly<Record<string, { name: string; op: string }>> };
  checkTensorForDisposalWithNodeLiveUntilInfo?(node: { name: string }, ...rest: unknown[]): void;
}

/** Operators that tfjs runs asynchronously only. */
const ASYNCHRONOUS = new Set([
  ...['Switch', 'Merge', 'Enter', 'Exit', 'NextIteration', 'LoopCond'],
  ...['If', 'if', 'While', 'StatelessIf', 'StatelessWhile'],
  ...['NonMaxSuppressionV2', 'NonMaxSuppressionV3', 'NonMaxSuppressionV5', 'Where'],
  ...['HashTable', 'HashTableV2', 'LookupTableImport', 'LookupTableImportV2'],
  ...['LookupTableFind', 'LookupTableFindV2', 'LookupTableSize', 'LookupTableSizeV2'],
]);

/**
 * @throws ExportError `unsupported` for a model with control flow or sizes that depend on values, which
 *   tfjs itself runs asynchronously only
 */
function executeStatic(model: GraphModelLike, feeds: Record<string, Tensor>, outputs: string[]) {
  try {
    return model.execute(feeds, outputs);
  } catch (cause) {
    if (!(cause instanceof Error) || !cause.message.includes('executeAsync')) throw cause;
    const nodes = Object.values(executorOf(model).graph?.nodes ?? {});
    const found = nodes.filter(({ op }) => ASYNCHRONOUS.has(op));
    throw controlFlow(
      cause,
      found.map(({ op, name }) => `${op} '${name}'`),
    );
  }
}

const executorOf = (model: GraphModelLike): Executor =>
  (model as { executor?: Executor }).executor ?? {};

/** The executor looks after each node's tensors once the node has run: its kernels are named then. */
function withNodeNames<T>(model: GraphModelLike, run: () => T): T {
  const executor = executorOf(model);
  const HOOK = 'checkTensorForDisposalWithNodeLiveUntilInfo';
  const original = executor[HOOK];
  if (original === undefined) return run();
  const own = Object.getOwnPropertyDescriptor(executor, HOOK);
  executor[HOOK] = (node, ...rest) => {
    labelKernels(node.name);
    original.call(executor, node, ...rest);
  };
  try {
    return run();
  } finally {
    restore(executor, HOOK, own);
  }
}

function weightNamesOf(model: GraphModelLike): Map<object, string> {
  const entries = Object.entries(executorOf(model).weightMap ?? {});
  return new Map(
    entries.flatMap(([name, [tensor]]) => (tensor === undefined ? [] : [[tensor.dataId, name]])),
  );
}
