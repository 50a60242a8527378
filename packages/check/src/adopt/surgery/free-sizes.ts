import {
  attr,
  type Dim,
  type Graph,
  type InferredTypes,
  inferShapes,
  type Model,
  type Node,
  OnnxError,
  optimize,
  type ValueType,
} from '@latentkit/onnx';
import { freeName } from './constants.ts';
import { readsOf } from './cut.ts';
import { constant, node } from './insert.ts';

/** A model whose sizes are computed of the number of rows alone. */
export interface Freed {
  readonly model: Model;
  /** What is inferred of its values, and of the constants that it computes. */
  readonly types: InferredTypes['types'];
  /** Where the number of rows is taken from; undefined where nothing needs it. */
  readonly rows?: Rows | undefined;
}

interface Rows {
  /** The value of one number, int64 [1]. */
  readonly count: string;
  /** The node that reads the shape of the items for it. */
  readonly reader: Node;
}

/**
 * Has the sizes that a graph reads off its items (`view(x.size(0), …)`, `view_as(x)`) computed of the number of rows: the
 * other dimensions are known. What needs no more of the items can then be cut off from them.
 *
 * @param x the input that takes items
 */
export function freeSizes(given: Model, x: string): Freed {
  const model = withoutDefaults(given);
  const { graph } = model;
  const batch = nameBatch(graph, x);
  const inferred = inferShapes(withConstants(model));
  const { types } = inferred;
  const count = freeName(graph, `${x}_rows`);
  const ofItems = behindItems(graph, x);
  let needsRows = false;
  graph.nodes = graph.nodes.flatMap((each) => {
    const sizes = ofItems.has(each) ? sizesOf(each, inferred) : undefined;
    if (!sizes || !isMadeOf(sizes, batch)) return each;
    needsRows ||= sizes.dims.some((dim) => typeof dim !== 'number');
    return computed(graph, sizes, count);
  });
  if (!needsRows) return { model, types };
  const reader = node('Shape', [x], freeName(graph, `${x}_shape`));
  const first = constant(graph, 'first', 'int64', [0], [1]);
  graph.nodes.unshift(reader, node('Gather', [reader.outputs[0] as string, first], count));
  return { model, types, rows: { count, reader } };
}

/** The same graph with the rows taken of another value, which has as many. */
export function rowsOf({ model, rows }: Freed, value: string): Model {
  if (!rows) return model;
  const nodes = model.graph.nodes.map((each) =>
    each === rows.reader ? { ...each, inputs: [value] } : each,
  );
  return { ...model, graph: { ...model.graph, nodes } };
}

/** Initializers that are inputs as well, as older files have them: nobody feeds them, so that they are constants. */
function withoutDefaults(given: Model): Model {
  const model = structuredClone(given);
  const { inputs, initializers } = model.graph;
  model.graph.inputs = inputs.filter(({ name }) => !initializers.has(name));
  return model;
}

/** The first dimension of the items, which gets a name where it has none. */
function nameBatch(graph: Graph, x: string): Dim {
  const type = graph.inputs.find(({ name }) => name === x)?.type;
  if (type?.kind !== 'tensor' || !type.shape || type.shape.length === 0) return null;
  type.shape[0] ??= 'batch';
  return type.shape[0];
}

/** What sizes are inferred of: constants that are computed are followed only as far as vectors. */
function withConstants(model: Model): Model {
  try {
    return optimize(model, { passes: ['fold-constants'] });
  } catch (error) {
    // An operator set that passes do not know, or a fault that is told where the graph is run.
    if (OnnxError.isInstance(error)) return model;
    throw error;
  }
}

/** Nodes that read the items, or what is made of them, in any way. */
function behindItems(graph: Graph, x: string): ReadonlySet<Node> {
  const made = new Set([x]);
  const found = new Set<Node>();
  for (const each of graph.nodes) {
    if (!readsOf(each).some((name) => made.has(name))) continue;
    found.add(each);
    for (const name of each.outputs) made.add(name);
  }
  return found;
}

interface Sizes {
  readonly name: string;
  readonly dims: readonly Dim[];
  /** Dimensions of the value that holds them: 0 for a number, 1 for a list. */
  readonly rank: number;
  /** Whether the number is the product of the dimensions. */
  readonly isProduct: boolean;
}

/** The dimensions that a node gives. */
function sizesOf(
  { opType, domain, inputs, outputs }: Node,
  { types, values }: InferredTypes,
): Sizes | undefined {
  const [name = ''] = outputs;
  const shape = integersOf(types.get(name));
  if (outputs.length !== 1 || !shape) return undefined;
  const counted = types.get(inputs[0] ?? '');
  const isProduct = domain === '' && opType === 'Size' && values(name)?.[0] == null;
  const dims = isProduct && counted?.kind === 'tensor' ? counted.shape : values(name);
  return dims ? { name, dims, rank: shape.length, isProduct } : undefined;
}

function integersOf(type: ValueType | undefined): readonly Dim[] | null {
  return type?.kind === 'tensor' && type.dtype === 'int64' ? type.shape : null;
}

/** Whether dimensions are numbers and the number of rows, which a product has once. */
function isMadeOf({ dims, isProduct }: Sizes, batch: Dim): boolean {
  const open = dims.filter((dim) => typeof dim !== 'number');
  return open.every((dim) => dim !== null && dim === batch) && !(isProduct && open.length !== 1);
}

/** Nodes that compute sizes of the number of rows. */
function computed(graph: Graph, { name, dims, rank, isProduct }: Sizes, count: string): Node[] {
  const int64 = (values: readonly number[], shape: readonly number[]) =>
    constant(graph, 'size', 'int64', values, shape);
  const fixed = dims.filter((dim) => typeof dim === 'number');
  const number = (given: string) => node('Gather', [count, int64([0], [])], given);
  if (isProduct) {
    const rows = number(freeName(graph, `${name}_rows`));
    const factor = int64([fixed.reduce((product, dim) => product * dim, 1)], []);
    return [rows, node('Mul', [...rows.outputs, factor], name)];
  }
  if (fixed.length === dims.length) {
    return [node('Identity', [int64(fixed, rank === 0 ? [] : [fixed.length])], name)];
  }
  if (rank === 0) return [number(name)];
  const parts = dims.map((dim) => (typeof dim === 'number' ? int64([dim], [1]) : count));
  return [node('Concat', parts, name, { axis: attr.int(0) })];
}
