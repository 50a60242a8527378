import { attr } from '../attributes.ts';
import { bytesPerElement } from '../dtype.ts';
import type { Dim, Node } from '../ir.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import {
  composePermutations,
  inversePermutation,
  isAscending,
  isIdentity,
  permutationOf,
  permute,
} from '../rewrite/permutation.ts';
import type { LayoutPlan } from './layout/layout.ts';
import { planLayout } from './layout/layout-plan.ts';
import { CutNetwork } from './layout/minimum-cut.ts';
import { permuteTensor } from './layout/permute-tensor.ts';
import { removeUnusedNodes } from './remove-dead.ts';

/*
 * Most operators do not care in which order their axes lie. For a permutation p, every such node may
 * hold its tensors as they are (side 0) or as v′ with v = Transpose(v′, p) (side 1). The input of
 * a Transpose by p is the side-1 form of its output; the output of a Transpose by p⁻¹ is the side-1
 * form of its input. All other nodes are on side 0. A Transpose is then needed for every value that is made on one side and read on the
 * other, so the fewest Transposes are a minimum cut, and constants may be on both sides for nothing.
 */
export const pushTransposes: Pass = {
  name: 'push-transposes',
  summary:
    'The axis order of element-wise operators, reductions, Concat, Pad, Softmax, flattened dense layers … is chosen so that the fewest Transposes remain (a minimum cut).',
  apply(context) {
    // Nodes that nothing reads would ask for a side all the same.
    removeUnusedNodes(context.view);
    for (const perm of permutations(context)) {
      if (new LayoutProblem(perm, context).improve()) return 1;
    }
    return 0;
  },
};

/** Axis orders that are tried; graphs have a few, and each costs a walk over the whole graph. */
const MAX_PERMUTATIONS = 24;

/** The axis orders that Transposes ask for, the first ones of a graph that has very many. */
function permutations({ view, types }: PassContext): number[][] {
  const found = new Map<string, number[]>();
  for (const node of view.nodes()) {
    if (!isOp(node, 'Transpose')) continue;
    const perm = permutationOf(node, types.get(node.inputs[0]).shape);
    if (!perm || isIdentity(perm)) continue;
    for (const either of [perm, inversePermutation(perm)]) found.set(String(either), either);
  }
  return [...found.values()].slice(0, MAX_PERMUTATIONS);
}

/** A Transpose that moves data, in units of one that only moves axes of size 1. */
const COST = 1000;

function transposeCost(perm: readonly number[], input: readonly Dim[] | undefined): number {
  return isAscending(perm.filter((axis) => input?.[axis] !== 1)) ? 1 : COST;
}

class LayoutProblem {
  readonly #perm: readonly number[];
  readonly #inverse: readonly number[];
  readonly #context: PassContext;
  /** Transposes by p: what they read is the side-1 form of what they give. */
  readonly #leaving = new Set<Node>();
  /** Transposes by p⁻¹: they give the side-1 form of what they read. */
  readonly #entering = new Set<Node>();
  /** All other Transposes of that rank with their permutations: they can take either form. */
  readonly #others = new Map<Node, number[]>();
  readonly #plans = new Map<Node, LayoutPlan>();
  readonly #flipped = new Set<Node>();
  /** Side-1 forms of values by the values' names. */
  readonly #forms = new Map<string, string>();
  /** What the outputs of flipped nodes were called. */
  readonly #oldOutputs = new Map<Node, string[]>();

  constructor(perm: readonly number[], context: PassContext) {
    this.#perm = perm;
    this.#inverse = inversePermutation(perm);
    this.#context = context;
    const depths = new Map<string, number>();
    for (const node of context.view.nodes()) {
      if (isOp(node, 'Transpose')) this.#classify(node, depths);
      else this.#plan(node, depths);
    }
  }

  #classify(node: Node, depths: Map<string, number>): void {
    const { types } = this.#context;
    const perm = permutationOf(node, types.get(node.inputs[0]).shape);
    if (perm?.length !== this.#perm.length) return;
    const own = String(perm) === String(this.#perm);
    const inverse = String(perm) === String(this.#inverse);
    if (own && inverse) {
      // A permutation that is its own inverse: the first on a path leaves, the next one enters.
      const depth = depths.get(node.inputs[0] as string) ?? 0;
      depths.set(node.outputs[0] as string, depth + 1);
      (depth % 2 === 0 ? this.#leaving : this.#entering).add(node);
    } else if (own) this.#leaving.add(node);
    else if (inverse) this.#entering.add(node);
    else this.#others.set(node, perm);
  }

  #plan(node: Node, depths: Map<string, number>): void {
    const plan = planLayout(node, this.#perm, this.#context);
    if (!plan) return;
    this.#plans.set(node, plan);
    const depth = plan.follows.reduce(
      (most, i) => Math.max(most, depths.get(node.inputs[i] as string) ?? 0),
      0,
    );
    for (const output of node.outputs) depths.set(output, depth);
  }

  /** Rewrites the graph where that saves a Transpose. */
  improve(): boolean {
    const network = new CutNetwork();
    const vertices = new Map<Node, number>();
    for (const [node, plan] of this.#plans) {
      if (plan.outputsFollow) vertices.set(node, network.addVertex());
    }
    let present = 0;
    for (const [node, perm] of this.#others) {
      const vertex = network.addVertex();
      vertices.set(node, vertex);
      const { shape } = this.#context.types.get(node.inputs[0]);
      const asItIs = transposeCost(perm, shape);
      network.addEdge(vertex, CutNetwork.SINK, asItIs);
      const composed = composePermutations(this.#perm, perm);
      const other = transposeCost(composed, shape && permute(shape, this.#inverse));
      network.addEdge(CutNetwork.SOURCE, vertex, other);
      present += asItIs;
    }
    for (const name of this.#values()) present += this.#addValue(name, network, vertices);
    if (present === 0) return false;
    const { cost, sinkSide } = network.solve();
    if (cost >= present) return false;
    for (const [node, vertex] of vertices) if (sinkSide.has(vertex)) this.#flipped.add(node);
    this.#rewrite();
    return true;
  }

  /** Values that a side can be asked of: results, and what is read without being a constant. */
  #values(): Set<string> {
    const { view } = this.#context;
    const names = new Set<string>();
    for (const node of view.nodes()) {
      for (const name of [...node.inputs, ...node.outputs]) {
        if (name !== '' && !view.constant(name)) names.add(name);
      }
    }
    return names;
  }

  /** Adds what a value costs when it is made on one side and read on the other; returns what it costs now. */
  #addValue(name: string, network: CutNetwork, vertices: ReadonlyMap<Node, number>): number {
    const { view } = this.#context;
    const producer = view.producer(name);
    const leaving = producer !== undefined && this.#leaving.has(producer);
    const made = leaving
      ? CutNetwork.SINK
      : (producer && this.#plans.has(producer) && vertices.get(producer)) || CutNetwork.SOURCE;
    const readers = new Set<number>();
    let onSide0 = view.isPinned(name);
    let onSide1 = false;
    if (onSide0) readers.add(CutNetwork.SOURCE);
    for (const consumer of view.consumers(name)) {
      if (this.#entering.has(consumer)) {
        onSide1 = true;
        readers.add(CutNetwork.SINK);
        continue;
      }
      if (isOp(consumer, 'Transpose')) {
        onSide0 = true;
        readers.add(vertices.get(consumer) ?? CutNetwork.SOURCE);
        continue;
      }
      const plan = this.#plans.get(consumer);
      consumer.inputs.forEach((input, i) => {
        if (input !== name) return;
        onSide0 = true;
        // What adapts to either side asks for none.
        if (!plan?.follows.includes(i)) readers.add(CutNetwork.SOURCE);
        else if (plan.outputsFollow) readers.add(vertices.get(consumer) as number);
      });
    }
    const others = [...readers].filter((reader) => reader !== made);
    const weight = this.#weight(name);
    if (others.length > 0) addConversion(network, made, others, weight);
    return (leaving ? onSide0 : onSide1) ? weight : 0;
  }

  #weight(name: string): number {
    const { shape } = this.#context.types.get(name);
    return transposeCost(this.#perm, shape && permute(shape, this.#inverse));
  }

  #rewrite(): void {
    const { view } = this.#context;
    const before = [...view.nodes()];
    const changing = (node: Node) => this.#flipped.has(node) && !this.#others.has(node);
    for (const node of before) if (changing(node)) this.#flip(node);
    for (const node of before) if (!changing(node)) this.#adapt(node);
    // Readers on side 0, graph outputs among them, get the value under its old name.
    for (const node of this.#flipped) {
      for (const name of this.#oldOutputs.get(node) ?? []) {
        if (!view.isUsed(name)) continue;
        const form = this.#forms.get(name) as string;
        view.insertBefore(node, 'Transpose', [form], [name], [['perm', attr.ints(this.#perm)]]);
      }
    }
    for (const node of this.#entering) {
      if (isOp(node, 'Identity')) view.bypass(node, node.inputs[0] as string);
    }
  }

  #flip(node: Node): void {
    const { view } = this.#context;
    const plan = this.#plans.get(node) as LayoutPlan;
    this.#follow(node, plan);
    this.#oldOutputs.set(node, [...node.outputs]);
    node.outputs.forEach((name, i) => {
      const form = view.freshName(`${name}_transposed`);
      this.#forms.set(name, form);
      view.setOutput(node, i, form);
    });
  }

  #follow(node: Node, plan: LayoutPlan): void {
    const { view } = this.#context;
    for (const i of plan.follows)
      view.setInput(node, i, this.#form(node.inputs[i] as string, node));
    plan.apply();
  }

  /** Nodes that stay on side 0, but read a value that is at hand on side 1. */
  #adapt(node: Node): void {
    const { view } = this.#context;
    const plan = this.#plans.get(node);
    if (plan && !plan.outputsFollow) {
      const input = node.inputs[plan.follows[0] as number] as string;
      if (this.#madeOnSide1(input)) this.#follow(node, plan);
      return;
    }
    const input = node.inputs[0] as string;
    const own = this.#others.get(node);
    if (own && this.#flipped.has(node)) {
      const perm = composePermutations(this.#perm, own);
      view.rewrite(node, 'Transpose', [this.#form(input, node)], [['perm', attr.ints(perm)]]);
    } else if (this.#entering.has(node)) {
      const form = this.#forms.get(input);
      if (form !== undefined && form !== node.outputs[0]) view.rewrite(node, 'Identity', [form]);
    }
  }

  #madeOnSide1(name: string): boolean {
    const producer = this.#context.view.producer(name);
    return this.#forms.has(name) || (producer !== undefined && this.#leaving.has(producer));
  }

  /** The side-1 form of a value, made where it is not at hand. */
  #form(name: string, reader: Node): string {
    const known = this.#forms.get(name);
    if (known !== undefined) return known;
    const form = this.#makeForm(name, reader);
    this.#forms.set(name, form);
    return form;
  }

  #makeForm(name: string, reader: Node): string {
    const { view } = this.#context;
    const constant = view.constant(name);
    if (constant && bytesPerElement(constant.dtype) !== undefined)
      return view.addConstant(`${name}_transposed`, permuteTensor(constant, this.#inverse));
    const producer = view.producer(name);
    if (producer && this.#leaving.has(producer)) return producer.inputs[0] as string;
    // One that is there already is what the cut has reckoned with: a second one would be undone, for ever.
    const entering = view
      .consumers(name)
      .find((consumer) => this.#entering.has(consumer) && isOp(consumer, 'Transpose'));
    if (entering) return entering.outputs[0] as string;
    const output = view.freshName(`${name}_transposed`);
    view.insertBefore(reader, 'Transpose', [name], [output], [['perm', attr.ints(this.#inverse)]]);
    return output;
  }
}

/** `cost` where `made` and any of `readers` lie on different sides. */
function addConversion(
  network: CutNetwork,
  made: number,
  readers: readonly number[],
  cost: number,
): void {
  const [toSide1, toSide0] = [network.addVertex(), network.addVertex()];
  network.addEdge(made, toSide1, cost);
  network.addEdge(toSide0, made, cost);
  for (const reader of readers) {
    network.addEdge(toSide1, reader, Number.POSITIVE_INFINITY);
    network.addEdge(reader, toSide0, Number.POSITIVE_INFINITY);
  }
}
