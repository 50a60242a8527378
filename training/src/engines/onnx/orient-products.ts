import {
  attr,
  attrInt,
  type Graph,
  type Node,
  type PassContext,
  type ValueInfo,
} from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { elementsOf } from './element-wise.ts';
import { intsConstant, sizes } from './passes/match.ts';
import { ValueGroups } from './value-groups.ts';

/** How much longer ONNX Runtime takes for a product whose left factor is given transposed. */
const TRANSPOSED_LEFT = 1.15;

/** All three sizes of a product from which on transposing the left factor first pays. */
const LARGE = 256;

/** A weight that the caller holds, and the output with its gradient. */
export interface WeightNames {
  readonly input: string;
  readonly gradient: string | undefined;
}

/**
 * Chooses for each matrix of the graph whether it is kept as it is or transposed, so that few products
 * have their left factor transposed, which costs ONNX Runtime's kernels a tenth and more of their time.
 * A gradient of a weight is such a product: xᵀ·δ. With δ and the weight kept transposed it is δᵀ·x, and
 * nothing was computed to get there: a product gives its result either way, and whatever works element
 * by element does not care. Weights and their gradients are transposed together: inputs and outputs.
 *
 * @param decided weights to keep transposed, all others not, where another graph has decided already
 * @returns the inputs that are transposed now
 */
export function orientProducts(
  context: Pick<PassContext, 'types' | 'view'>,
  weights: readonly WeightNames[],
  decided?: ReadonlySet<string>,
): ReadonlySet<string> {
  const { graph } = context.view;
  const groups = groupMatrices(graph, context, weights);
  const products = graph.nodes.filter((node) => isOp(node, 'Gemm'));
  const cost = (transposed: ReadonlySet<string>) =>
    products.reduce((sum, node) => {
      const left = leftTransposed(node, (name) => transposed.has(groups.find(name)));
      return sum + work(node, context) * (left ? TRANSPOSED_LEFT : 1);
    }, transposed.size);

  const fixed = new Map(
    decided ? weights.map(({ input }) => [groups.find(input), decided.has(input)] as const) : [],
  );
  const free = groups.free().filter((group) => !fixed.has(group));
  let chosen = new Set([...fixed].filter(([, transposed]) => transposed).map(([group]) => group));
  // Turning one over alone seldom pays: a hidden layer and its weight go together.
  const moves = free.flatMap((a, i) => free.slice(i).map((b) => (a === b ? [a] : [a, b])));
  for (let best = cost(chosen); ; ) {
    let better: Set<string> | undefined;
    for (const move of moves) {
      const candidate = new Set(chosen);
      for (const group of move) if (!candidate.delete(group)) candidate.add(group);
      const found = cost(candidate);
      if (found < best) [best, better] = [found, candidate];
    }
    if (!better) break;
    chosen = better;
  }
  const isTransposed = (name: string) => chosen.has(groups.find(name));
  for (const node of products) {
    orient(node, context, isTransposed);
    transposeOnce(node, context);
  }
  return transposeEnds(graph, weights, isTransposed);
}

function groupMatrices(
  graph: Graph,
  context: Pick<PassContext, 'types'>,
  weights: readonly WeightNames[],
): ValueGroups {
  const groups = new ValueGroups();
  const pins: string[] = [];
  const own = new Set(weights.flatMap(({ input, gradient = input }) => [input, gradient]));
  for (const { name } of [...graph.inputs, ...graph.outputs]) if (!own.has(name)) pins.push(name);
  pins.push(...graph.initializers.keys());
  for (const { input, gradient } of weights) {
    if (sizes(context, input)?.length === 2) groups.join(input, gradient ?? input);
  }
  for (const node of graph.nodes) {
    const [output] = node.outputs as [string];
    const shape = String(sizes(context, output));
    const alike = (name: string) => String(sizes(context, name)) === shape;
    const matrix = sizes(context, output)?.length === 2;
    if (isOp(node, 'Gemm') && matrix) {
      const [left, right, bias] = node.inputs as [string, string, string | undefined];
      for (const name of [left, right, output]) groups.join(name, name);
      if (bias && sizes(context, bias)?.length === 2) {
        if (alike(bias)) groups.join(bias, output);
        else pins.push(bias, output);
      }
      continue;
    }
    const elements = elementsOf(node, context, 2);
    for (const name of elements) groups.join(name, output);
    if (elements.length > 0) continue;
    pins.push(...node.inputs, ...node.outputs);
  }
  for (const name of pins) groups.pin(name);
  return groups;
}

/** Multiplications of a product. */
function work(node: Node, context: Pick<PassContext, 'types'>): number {
  const [rows = 0, columns = 0] = sizes(context, node.outputs[0]) ?? [];
  const [height = 0, width = 0] = sizes(context, node.inputs[0]) ?? [];
  return rows * columns * (attrInt(node, 'transA', 0) === 1 ? height : width);
}

function factors(node: Node, isTransposed: (name: string) => boolean) {
  const [left, right] = node.inputs as [string, string];
  const flag = (attribute: string, name: string) =>
    (attrInt(node, attribute, 0) === 1) !== isTransposed(name);
  return { left: flag('transA', left), right: flag('transB', right) };
}

/** Whether the left factor will be transposed: (A·B)ᵀ is Bᵀ·Aᵀ. */
function leftTransposed(node: Node, isTransposed: (name: string) => boolean): boolean {
  const { left, right } = factors(node, isTransposed);
  return isTransposed(node.outputs[0] as string) ? !right : left;
}

function orient(
  node: Node,
  { view, types }: Pick<PassContext, 'types' | 'view'>,
  isTransposed: (name: string) => boolean,
): void {
  const { left, right } = factors(node, isTransposed);
  const [a, b, bias] = node.inputs as [string, string, string | undefined];
  const turned = isTransposed(node.outputs[0] as string);
  const flags: [string, boolean][] = turned
    ? [
        ['transA', !right],
        ['transB', !left],
      ]
    : [
        ['transA', left],
        ['transB', right],
      ];
  const attributes = new Map(node.attributes);
  for (const [name, value] of flags) attributes.set(name, attr.int(value ? 1 : 0));
  const rest = bias === undefined || bias === '' ? [] : [bias];
  const size = bias ? sizes({ types }, bias) : undefined;
  if (turned && bias && size?.length === 1) {
    // A row that is added to each row becomes a column that is added to each column.
    const column = view.freshName(`${bias}_column`);
    const shape = intsConstant(view, `${bias}_shape`, [size[0] as number, 1]);
    view.insertBefore(node, 'Reshape', [bias, shape], [column]);
    rest[0] = column;
  }
  view.rewrite(node, 'Gemm', turned ? [b, a, ...rest] : [a, b, ...rest], attributes);
}

/**
 * Where a left factor is still to be transposed, and the product is large enough, transposing it in an
 * operation of its own is the cheaper way: the kernel does it anew for each strip of the result.
 */
function transposeOnce(node: Node, { view, types }: Pick<PassContext, 'types' | 'view'>): void {
  const [left, ...rest] = node.inputs as [string, ...string[]];
  const [rows = 0, columns = 0] = sizes({ types }, node.outputs[0]) ?? [];
  const [shared = 0] = sizes({ types }, left) ?? [];
  if (attrInt(node, 'transA', 0) === 0 || Math.min(rows, columns, shared) < LARGE) return;
  const turned = view.freshName(`${left}_transposed`);
  view.insertBefore(node, 'Transpose', [left], [turned], [['perm', attr.ints([1, 0])]]);
  const attributes = new Map(node.attributes).set('transA', attr.int(0));
  view.rewrite(node, 'Gemm', [turned, ...rest], attributes);
}

function transposeEnds(
  graph: Graph,
  weights: readonly WeightNames[],
  isTransposed: (name: string) => boolean,
): ReadonlySet<string> {
  const inputs = new Set<string>();
  const turned = new Set<string>();
  for (const { input, gradient } of weights) {
    if (!isTransposed(input)) continue;
    inputs.add(input);
    turned.add(input);
    if (gradient !== undefined) turned.add(gradient);
  }
  // New objects: those that are there may be shared with the model before.
  const turn = (value: ValueInfo): ValueInfo => {
    const { type } = value;
    if (!turned.has(value.name) || type.kind !== 'tensor' || !type.shape) return value;
    return { ...value, type: { ...type, shape: [...type.shape].reverse() } };
  };
  graph.inputs = graph.inputs.map(turn);
  graph.outputs = graph.outputs.map(turn);
  for (const name of [...graph.valueInfo.keys()]) {
    if (isTransposed(name)) graph.valueInfo.delete(name);
  }
  return inputs;
}
