import type { Node, Pass, PassContext } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { orders, scalar } from './match.ts';

/**
 * The gradient of SiLU, x·σ(x), as tfjs writes it, is g·s + (g·x)·(s·(1 − s)) with s = σ(x): six operations, each of
 * which goes through main memory. With the activation y = x·s, which is there already, it is g·(s + y·(1 − s)): four.
 * What other paths contribute to the gradient of x may stand between the two terms.
 */
export const sigmoidWeightedGradient: Pass = {
  name: 'sigmoid-weighted-gradient',
  summary: 'The gradient of x·σ(x) is computed from its value.',
  apply({ view }) {
    let rewrites = 0;
    for (const node of view.nodes()) if (isOp(node, 'Add') && rewrite(node, view)) rewrites++;
    return rewrites;
  },
};

type View = PassContext['view'];

function rewrite(add: Node, view: View): boolean {
  for (const [first, second] of orders(add)) {
    const curved = curvedTerm(first, view);
    if (!curved) continue;
    const { gradient, sigmoid, value, rest } = curved;
    const straight = straightTerm(second, curved, view);
    if (!straight) continue;
    const [falling, slope] = [`${add.name}_falling`, `${add.name}_slope`].map((name) =>
      view.freshName(name),
    ) as [string, string];
    view.insertBefore(add, 'Mul', [value, rest], [falling]);
    view.insertBefore(add, 'Add', [sigmoid, falling], [slope]);
    if (straight.others === undefined) view.rewrite(add, 'Mul', [gradient, slope]);
    else {
      const through = view.freshName(`${add.name}_through`);
      view.insertBefore(add, 'Mul', [gradient, slope], [through]);
      view.rewrite(add, 'Add', [straight.others, through]);
    }
    return true;
  }
  return false;
}

/** (g·x)·(s·(1 − s)), where x·s is computed as well. */
function curvedTerm(name: string, view: View) {
  const node = view.producer(name);
  if (!isOp(node, 'Mul') || !view.soleConsumer(name)) return undefined;
  for (const [left, right] of orders(node)) {
    const variance = varianceOf(right, view);
    const product = view.producer(left);
    if (!variance || !isOp(product, 'Mul')) continue;
    const { sigmoid, rest } = variance;
    for (const [gradient, x] of orders(product)) {
      const value = view.consumers(x).find((reader) => isProduct(reader, x, sigmoid));
      if (value) return { gradient, sigmoid, rest, value: value.outputs[0] as string };
    }
  }
  return undefined;
}

/** s·(1 − s) of a sigmoid s. */
function varianceOf(name: string, view: View) {
  const node = view.producer(name);
  if (!isOp(node, 'Mul')) return undefined;
  for (const [sigmoid, rest] of orders(node)) {
    const [from, subtracted] = subtraction(rest, view);
    const isRest = subtracted === sigmoid && scalar(view, from) === 1;
    if (isRest && isOp(view.producer(sigmoid), 'Sigmoid')) return { sigmoid, rest };
  }
  return undefined;
}

function subtraction(name: string, view: View): readonly string[] {
  const node = view.producer(name);
  return isOp(node, 'Sub') ? node.inputs : [];
}

/** g·s, or g·s + others. */
function straightTerm(
  name: string,
  { gradient, sigmoid }: { gradient: string; sigmoid: string },
  view: View,
): { readonly others?: string } | undefined {
  const node = view.producer(name);
  if (isProduct(node, gradient, sigmoid)) return {};
  if (!isOp(node, 'Add') || !view.soleConsumer(name)) return undefined;
  for (const [others, term] of orders(node)) {
    if (isProduct(view.producer(term), gradient, sigmoid)) return { others };
  }
  return undefined;
}

function isProduct(node: Node | undefined, a: string, b: string): node is Node {
  return isOp(node, 'Mul') && orders(node).some(([left, right]) => left === a && right === b);
}
