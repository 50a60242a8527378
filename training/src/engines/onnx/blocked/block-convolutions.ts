import {
  attr,
  attrInt,
  attrInts,
  attrString,
  type Node,
  type Pass,
  type PassContext,
} from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { elementsOf } from '../element-wise.ts';
import { sizes } from '../passes/match.ts';
import { ValueGroups } from '../value-groups.ts';
import { blockedFilter } from './blocked-filter.ts';
import { NCHWC } from './nchwc.ts';
import { convolvePhases, type Phases, phasesOf } from './transposed-convolution.ts';

/**
 * Convolutions run in ONNX Runtime's kernels for channels in blocks, at up to twice the speed of its ordinary ones. What
 * works element by element before and behind them takes its operands in blocks as well, which it does not notice; where
 * anything else makes or reads such a value, it is reordered.
 */
export function blockConvolutions(block: number): Pass {
  return {
    name: 'block-convolutions',
    summary: 'Convolutions of many channels run with their channels in blocks.',
    apply(context) {
      const convolutions = new Set(
        [...context.view.nodes()].filter((node) => isBlockable(node, context, block)),
      );
      if (convolutions.size === 0) return 0;
      new Blocking(context, block, convolutions).apply();
      context.model.opsets.set(NCHWC, 1);
      return convolutions.size;
    },
  };
}

/**
 * Convolutions with weights that the kernels take. The gradient of a filter is a convolution, too, but with activations
 * for its filter, one as large as an image: the kernels would read it from main memory for each element of the result.
 */
function isBlockable(node: Node, context: PassContext, block: number): boolean {
  if (!isOp(node, 'Conv', 'ConvTranspose') || attrInt(node, 'group', 1) !== 1) return false;
  if (attrString(node, 'auto_pad', 'NOTSET') !== 'NOTSET') return false;
  if (isOp(node, 'ConvTranspose') && !phasesOf(node, context)) return false;
  const [input, filter] = node.inputs as [string, string];
  const [outputs = 0, inputs = 0, ...taps] = sizes(context, filter) ?? [];
  return (
    taps.length === 2 &&
    inputs % block === 0 &&
    outputs % block === 0 &&
    sizes(context, input) !== undefined &&
    context.types.get(input).dtype === 'float32' &&
    isWeight(filter, context)
  );
}

/** Whether a value is an input of the graph, or a constant, in another arrangement. */
function isWeight(name: string, context: PassContext): boolean {
  const producer = context.view.producer(name);
  if (producer === undefined) return true;
  return isOp(producer, ...ARRANGING) && isWeight(producer.inputs[0] as string, context);
}

const ARRANGING = ['Identity', 'Reshape', 'Slice', 'Transpose'];

class Blocking {
  readonly #context: PassContext;
  readonly #block: number;
  readonly #convolutions: ReadonlySet<Node>;
  readonly #phases = new Map<Node, Phases>();
  readonly #groups = new ValueGroups();
  /** What each node takes element by element, by the names before values are reordered. */
  readonly #elements = new Map<Node, readonly string[]>();
  readonly #roots: ReadonlySet<string>;

  constructor(context: PassContext, block: number, convolutions: ReadonlySet<Node>) {
    this.#context = context;
    this.#block = block;
    this.#convolutions = convolutions;
    for (const node of context.view.nodes()) {
      const operands = elementsOf(node, context, 4);
      this.#elements.set(node, operands);
      for (const name of operands) this.#groups.join(name, node.outputs[0] as string);
    }
    for (const node of convolutions) {
      const phases = isOp(node, 'ConvTranspose') && phasesOf(node, context);
      if (phases) this.#phases.set(node, phases);
    }
    const ends = [...convolutions].flatMap(({ inputs, outputs }) => [inputs[0], outputs[0]]);
    this.#roots = new Set(ends.map((name) => this.#groups.find(name as string)));
  }

  apply(): void {
    const nodes = [...this.#context.view.nodes()];
    const values = new Set(nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]));
    for (const name of values) if (this.#isBlocked(name)) this.#reorder(name);
    for (const node of this.#convolutions) this.#convolve(node);
  }

  #isBlocked(name: string): boolean {
    return this.#roots.has(this.#groups.find(name));
  }

  /** Whether a node takes a value with its channels in blocks. */
  #takesBlocks(node: Node, name: string): boolean {
    if (this.#convolutions.has(node)) return node.inputs[0] === name;
    return this.#elements.get(node)?.includes(name) ?? false;
  }

  #givesBlocks(node: Node | undefined): node is Node {
    return (
      node !== undefined &&
      (this.#convolutions.has(node) || (this.#elements.get(node)?.length ?? 0) > 0)
    );
  }

  /** Gives a value in blocks to those who take it so, and as it was to all others. */
  #reorder(name: string): void {
    const { view } = this.#context;
    const blocked = view.freshName(`${name}_blocked`);
    const producer = view.producer(name);
    const readers = view.consumers(name);
    const takers = readers.filter((node) => this.#takesBlocks(node, name));
    const others = readers.filter((node) => !takers.includes(node));
    if (this.#givesBlocks(producer)) {
      view.setOutput(producer, 0, blocked);
      this.#restore(name, blocked, others);
    } else {
      const [first] = takers as [Node];
      this.#insert(first, 'ReorderInput', name, blocked, { channels_last: 0 });
    }
    for (const node of takers) {
      for (const [place, input] of node.inputs.entries()) {
        if (input === name) view.setInput(node, place, blocked);
      }
    }
  }

  #restore(name: string, blocked: string, others: readonly Node[]): void {
    const { view } = this.#context;
    const channels = sizes(this.#context, name)?.[1] as number;
    const rest = others.filter((node) => !putsChannelsLast(node));
    for (const node of others.filter(putsChannelsLast)) {
      view.rewrite(node, 'ReorderOutput', [blocked], attributesOf({ channels, channels_last: 1 }));
      node.domain = NCHWC;
    }
    if (rest.length > 0 || view.isPinned(name)) {
      const place = rest[0] ?? ([...this.#convolutions][0] as Node);
      this.#insert(place, 'ReorderOutput', blocked, name, { channels, channels_last: 0 });
    }
  }

  #insert(place: Node, opType: string, from: string, to: string, ints: Record<string, number>) {
    const { view } = this.#context;
    view.insertBefore(place, opType, [from], [to], attributesOf(ints)).domain = NCHWC;
  }

  #convolve(node: Node): void {
    const phases = this.#phases.get(node);
    if (phases) {
      convolvePhases(node, phases, this.#context, this.#block);
      return;
    }
    const [input, , ...bias] = node.inputs as [string, string, ...string[]];
    const filter = blockedFilter(node, this.#context, this.#block);
    this.#context.view.setInputs(node, [input, filter, ...bias]);
    node.domain = NCHWC;
  }
}

/** From [N, C, H, W] to [N, H, W, C]. */
function putsChannelsLast(node: Node): boolean {
  return isOp(node, 'Transpose') && String(attrInts(node, 'perm')) === '0,2,3,1';
}

function attributesOf(ints: Record<string, number>) {
  return Object.entries(ints).map(([name, value]) => [name, attr.int(value)] as const) as [
    string,
    ReturnType<typeof attr.int>,
  ][];
}
