import type { Dim, Node, ValueType } from '../ir.ts';
import type { GraphView } from '../rewrite/graph-view.ts';
import { isOp } from '../rewrite/is-op.ts';
import { composePermutations, permutationOf } from '../rewrite/permutation.ts';

/** What ONNX Runtime removes, merges with the product, or moves a Transpose across, where its rank stays. */
const CROSSED = [
  ...['Add', 'Cast', 'CastLike', 'Concat', 'Div', 'Dropout', 'Expand', 'Identity', 'Max', 'Mean'],
  ...['Min', 'Mul', 'Reshape', 'Sub', 'Sum'],
];

/** Nodes looked at behind a factor: no model has as many between a Transpose and its product. */
const MAX_STEPS = 256;

/**
 * The Transposes that ONNX Runtime must not be given in half precision: on the CPU, 1.30 merges them with the MatMul
 * that reads them (`transBatchA` and `transBatchB` of its FusedMatMul), and the process ends with a segmentation
 * fault at loading where the other factor is a matrix that follows from constants, or where a scalar that scales one
 * of the factors was merged before, or the runtime knows no shape of a factor. That merge is for permutations that take the first axis, the batch, behind all
 * others but the last one or two; several in a row count as one.
 */
export function crashingInHalf(
  view: GraphView,
  types: ReadonlyMap<string, ValueType>,
): ReadonlySet<Node> {
  const search = new Search(view, types);
  const open = openValues(view, types);
  for (const node of view.nodes()) {
    if (!isOp(node, 'MatMul')) continue;
    const [a = '', b = ''] = node.inputs;
    const either = [a, b].some((factor) => search.isScaled(factor) || open.has(factor));
    if (either || search.isFixed(b, 2)) search.behind(a);
    if (either || search.isFixed(a, 2)) search.behind(b);
  }
  return search.found;
}

/** The values that nodes compute from constants alone. */
function fixedValues(view: GraphView): ReadonlySet<string> {
  const fixed = new Set<string>();
  for (const node of view.nodes()) {
    // A shape is a constant to ONNX Runtime wherever its sizes are.
    const isFixed =
      isOp(node, 'Shape', 'Size') ||
      node.inputs.every((name) => name === '' || fixed.has(name) || view.constant(name));
    if (isFixed) for (const name of node.outputs) fixed.add(name);
  }
  return fixed;
}

/** Operators whose second input says what shape the result has. */
const SHAPED = ['Expand', 'Reshape', 'Squeeze', 'Unsqueeze'];

/** The values of which a runtime without our propagation of sizes knows no shape, and what is computed from them. */
function openValues(view: GraphView, types: ReadonlyMap<string, ValueType>): ReadonlySet<string> {
  const open = new Set<string>();
  const isConstant = (name: string) =>
    view.constant(name) !== undefined || isOp(view.producer(name), 'Constant');
  const isUnknown = (name: string) => {
    const type = types.get(name);
    return type?.kind !== 'tensor' || !type.shape;
  };
  for (const { name } of view.graph.inputs) if (isUnknown(name)) open.add(name);
  for (const node of view.nodes()) {
    const [, shape = ''] = node.inputs;
    const isOpen =
      isOp(node, ...SHAPED) && shape !== ''
        ? !isConstant(shape)
        : node.inputs.some((name) => open.has(name)) || node.outputs.some(isUnknown);
    if (isOpen) for (const name of node.outputs) open.add(name);
  }
  return open;
}

/** The Transposes on the way to a value, the last one first. */
interface Way {
  node: Node;
  later: Way | undefined;
}

/** Goes from factors of products back to the Transposes that give them. */
class Search {
  readonly found = new Set<Node>();
  readonly #view: GraphView;
  readonly #types: ReadonlyMap<string, ValueType>;
  readonly #fixed: ReadonlySet<string>;

  constructor(view: GraphView, types: ReadonlyMap<string, ValueType>) {
    this.#view = view;
    this.#types = types;
    this.#fixed = fixedValues(view);
  }

  /** Whether a value follows from constants and has no more axes than these. */
  isFixed(name: string, axes: number): boolean {
    const isConstant = this.#fixed.has(name) || this.#view.constant(name) !== undefined;
    return isConstant && (this.#shape(name)?.length ?? 0) <= axes;
  }

  /** Whether a factor is something times, or divided by, a scalar that follows from constants. */
  isScaled(factor: string): boolean {
    let node = this.#view.producer(factor);
    for (let steps = 0; steps < MAX_STEPS && isOp(node, ...CROSSED); steps++) {
      if (isOp(node, 'Mul', 'Div') && node.inputs.some((name) => this.isFixed(name, 0)))
        return true;
      node = this.#view.producer(node.inputs[0] as string);
    }
    return false;
  }

  #shape(name: string | undefined): readonly Dim[] | undefined {
    const type = this.#types.get(name ?? '');
    return type?.kind === 'tensor' ? (type.shape ?? undefined) : undefined;
  }

  behind(factor: string): void {
    const seen = new Set<string>();
    const open: { name: string; perm?: readonly number[]; way?: Way }[] = [{ name: factor }];
    for (let at = open.pop(); at && seen.size < MAX_STEPS; at = open.pop()) {
      const { name, perm, way } = at;
      const node = this.#view.producer(name);
      if (!node || seen.has(name)) continue;
      seen.add(name);
      if (isOp(node, 'Transpose')) {
        const own = permutationOf(node, this.#shape(node.inputs[0]));
        if (!own || (perm && own.length !== perm.length)) continue;
        const whole = perm ? composePermutations(own, perm) : own;
        const longer = { node, later: way };
        if (movesBatchInwards(whole)) this.#keep(longer);
        open.push({ name: node.inputs[0] as string, perm: whole, way: longer });
      } else if (isOp(node, ...CROSSED)) {
        const rank = this.#shape(name)?.length;
        for (const input of node.inputs) {
          if (this.#shape(input)?.length === rank) open.push({ ...at, name: input });
        }
      }
    }
  }

  #keep(way: Way): void {
    for (let at: Way | undefined = way; at; at = at.later) this.found.add(at.node);
  }
}

/** [1, …, n − 2, 0, n − 1] or [1, …, n − 1, 0], of three axes or more. */
function movesBatchInwards(perm: readonly number[]): boolean {
  const at = perm.indexOf(0);
  if (perm.length < 3 || at < perm.length - 2) return false;
  return perm.filter((axis) => axis !== 0).every((axis, i) => axis === i + 1);
}
