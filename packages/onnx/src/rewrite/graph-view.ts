import type { Attribute, Graph, Node, TensorData } from '../ir.ts';
import { subgraphs } from '../walk.ts';
import { topologicalSort } from './topological-sort.ts';

/**
 * A graph with its edges indexed, and the few edits that passes are made of. Every edit keeps the
 * index right, so a pass can look at what it has just written.
 */
export class GraphView {
  readonly graph: Graph;
  readonly #producers = new Map<string, Node>();
  /** The nodes that read a value, each with the places among its inputs. */
  readonly #consumers = new Map<string, Map<Node, number[]>>();
  /** Values that must go on existing under their name: graph outputs, kept names, captures of subgraphs. */
  readonly #pinned = new Set<string>();
  readonly #outputs: ReadonlySet<string>;
  readonly #inputs: ReadonlySet<string>;
  readonly #names = new Names();
  readonly #nodeNames = new Names();
  /** New nodes by the node that they come before. */
  readonly #inserted = new Map<Node, Node[]>();
  readonly #removed = new Set<Node>();
  #edited = false;

  constructor(graph: Graph, keepNames: Iterable<string> = []) {
    this.graph = graph;
    this.#outputs = new Set(graph.outputs.map((output) => output.name));
    this.#inputs = new Set(graph.inputs.map((input) => input.name));
    for (const name of [...this.#outputs, ...keepNames]) this.#pinned.add(name);
    for (const name of [...this.#inputs, ...graph.initializers.keys()]) this.#names.add(name);
    for (const node of graph.nodes) {
      this.#index(node);
      for (const name of capturedNames(node) ?? []) {
        this.#pinned.add(name);
        this.#names.add(name);
      }
    }
  }

  /** Whether an edit was made since the view was built. */
  get edited(): boolean {
    return this.#edited;
  }

  /** The nodes as of the start of the walk, less those removed on the way, so that a pass may edit while it walks. */
  *nodes(): Generator<Node> {
    for (const node of this.#inOrder()) if (!this.#removed.has(node)) yield node;
  }

  /** All nodes, inserted ones at their places. */
  #inOrder(): Node[] {
    if (this.#inserted.size === 0) return this.graph.nodes;
    const ordered: Node[] = [];
    // A stack, since what was inserted before an inserted node comes before it in turn.
    const stack = [...this.graph.nodes].reverse();
    const opened = new Set<Node>();
    for (let node = stack.pop(); node; node = stack.pop()) {
      const before = this.#inserted.get(node);
      if (!before || opened.has(node)) ordered.push(node);
      else {
        opened.add(node);
        stack.push(node, ...[...before].reverse());
      }
    }
    return ordered;
  }

  producer(name: string): Node | undefined {
    return this.#producers.get(name);
  }

  /** The nodes that read a value at their top level (captures by subgraphs pin the value instead). */
  consumers(name: string): Node[] {
    return [...(this.#consumers.get(name)?.keys() ?? [])];
  }

  /** The node that alone reads a value, in one place, where nothing else needs the value. */
  soleConsumer(name: string): Node | undefined {
    const consumers = this.#consumers.get(name);
    if (this.#pinned.has(name) || consumers?.size !== 1) return undefined;
    const [[consumer, places]] = consumers as unknown as [[Node, number[]]];
    return places.length === 1 ? consumer : undefined;
  }

  isGraphInput(name: string): boolean {
    return this.#inputs.has(name);
  }

  isGraphOutput(name: string): boolean {
    return this.#outputs.has(name);
  }

  isPinned(name: string): boolean {
    return this.#pinned.has(name);
  }

  isUsed(name: string): boolean {
    return this.#pinned.has(name) || (this.#consumers.get(name)?.size ?? 0) > 0;
  }

  /** The initialiser of that name, unless a caller may override it (it is a graph input too) or its bytes are elsewhere. */
  constant(name: string | undefined): TensorData | undefined {
    if (name === undefined || name === '' || this.#inputs.has(name)) return undefined;
    const tensor = this.graph.initializers.get(name);
    return tensor?.external ? undefined : tensor;
  }

  /** A value name that nothing in the graph uses yet. */
  freshName(base: string): string {
    return this.#names.fresh(base);
  }

  /** Adds a constant under a fresh name, and returns the name. */
  addConstant(base: string, tensor: Omit<TensorData, 'name'>): string {
    const name = this.freshName(base);
    this.graph.initializers.set(name, { ...tensor, name });
    this.#edited = true;
    return name;
  }

  /**
   * Puts a constant where a node read another: under the same name if nothing else reads that, so that
   * weights keep their names.
   */
  replaceConstant(node: Node, index: number, tensor: Omit<TensorData, 'name'>): void {
    const name = node.inputs[index] as string;
    if (this.soleConsumer(name) === node) {
      this.graph.initializers.set(name, { ...tensor, name });
      this.#edited = true;
    } else this.setInput(node, index, this.addConstant(name, tensor));
  }

  /** Adds a node before another one. */
  insertBefore(
    place: Node,
    opType: string,
    inputs: string[],
    outputs: string[],
    attributes: Iterable<[string, Attribute]> = [],
  ): Node {
    const node: Node = {
      name: this.#nodeNames.fresh(`${place.name || place.opType}/${opType}`),
      opType,
      domain: '',
      inputs: [...inputs],
      outputs: [...outputs],
      attributes: new Map(attributes),
      docString: '',
    };
    this.#edited = true;
    const before = this.#inserted.get(place);
    if (before) before.push(node);
    else this.#inserted.set(place, [node]);
    this.#index(node);
    return node;
  }

  /** Turns a node into another operation with the same outputs. */
  rewrite(
    node: Node,
    opType: string,
    inputs: string[],
    attributes: Iterable<[string, Attribute]> = [],
  ): void {
    this.#edited = true;
    node.opType = opType;
    node.attributes = new Map(attributes);
    this.setInputs(node, inputs);
  }

  setInputs(node: Node, inputs: string[]): void {
    this.#edited = true;
    for (const name of node.inputs) this.#consumers.get(name)?.delete(node);
    node.inputs = [...inputs];
    for (const [place, name] of node.inputs.entries()) this.#addConsumer(name, node, place);
  }

  /** In time that does not depend on the node's number of inputs, which a Concat may have thousands of. */
  setInput(node: Node, index: number, name: string): void {
    const old = node.inputs[index] as string;
    if (old === name) return;
    this.#edited = true;
    const readers = this.#consumers.get(old);
    const places = readers?.get(node);
    if (places && places.length > 1) places.splice(places.indexOf(index), 1);
    else readers?.delete(node);
    node.inputs[index] = name;
    this.#addConsumer(name, node, index);
  }

  /** Renames an output of a node; the readers of the old name are left as they are. */
  setOutput(node: Node, index: number, name: string): void {
    const old = node.outputs[index] as string;
    this.#edited = true;
    if (this.#producers.get(old) === node) this.#producers.delete(old);
    node.outputs[index] = name;
    this.#producers.set(name, node);
    this.#names.add(name);
  }

  remove(node: Node): void {
    this.#edited = true;
    for (const name of node.inputs) this.#consumers.get(name)?.delete(node);
    for (const name of node.outputs) {
      if (this.#producers.get(name) === node) this.#producers.delete(name);
    }
    this.#removed.add(node);
  }

  /** Lets every node that reads `from` read `to` instead. */
  redirectUses(from: string, to: string): void {
    const readers = this.#consumers.get(from);
    if (!readers || from === to) return;
    this.#edited = true;
    this.#consumers.delete(from);
    for (const [consumer, places] of readers) {
      for (const place of places) {
        consumer.inputs[place] = to;
        this.#addConsumer(to, consumer, place);
      }
    }
  }

  /** Whether {@link bypass} could take this node out. */
  canBypass(node: Node, replacement: string): boolean {
    const output = node.outputs[0] as string;
    if (!this.#pinned.has(output)) return true;
    // The name must stay, so the value that takes its place must be free to be renamed.
    const producer = this.#producers.get(replacement);
    return producer !== undefined && producer !== node && !this.#pinned.has(replacement);
  }

  /**
   * Takes a node of one used output out of the graph: `replacement` takes the output's place. Where
   * the output's name must stay, the replacement is renamed to it. False, and no change, where that
   * cannot be.
   */
  bypass(node: Node, replacement: string): boolean {
    if (!this.canBypass(node, replacement)) return false;
    const output = node.outputs[0] as string;
    this.remove(node);
    if (!this.#pinned.has(output)) {
      this.redirectUses(output, replacement);
      return true;
    }
    const producer = this.#producers.get(replacement) as Node;
    this.setOutput(producer, producer.outputs.indexOf(replacement), output);
    this.redirectUses(replacement, output);
    this.graph.valueInfo.delete(replacement);
    return true;
  }

  /** Drops the removed nodes and puts the others in topological order. */
  commit(): void {
    this.graph.nodes = topologicalSort([...this.nodes()], readNames);
    this.#removed.clear();
    this.#inserted.clear();
  }

  #index(node: Node): void {
    this.#nodeNames.add(node.name);
    for (const [place, name] of node.inputs.entries()) this.#addConsumer(name, node, place);
    for (const name of node.outputs) {
      if (name === '') continue;
      this.#producers.set(name, node);
      this.#names.add(name);
    }
  }

  #addConsumer(name: string, node: Node, place: number): void {
    if (name === '') return;
    const readers = this.#consumers.get(name);
    const places = readers?.get(node);
    if (places) places.push(place);
    else if (readers) readers.set(node, [place]);
    else this.#consumers.set(name, new Map([[node, [place]]]));
  }
}

/** Names in use, and new ones beside them. */
class Names {
  readonly #taken = new Set<string>();
  /** The numbers from which to look on, so that many names of one base do not each count from 1. */
  readonly #next = new Map<string, number>();

  add(name: string): void {
    this.#taken.add(name);
  }

  fresh(base: string): string {
    let name = base;
    if (this.#taken.has(base)) {
      let number = this.#next.get(base) ?? 1;
      do name = `${base}_${number++}`;
      while (this.#taken.has(name));
      this.#next.set(base, number);
    }
    this.#taken.add(name);
    return name;
  }
}

/**
 * All names that a node's subgraphs mention: more than they capture, which errs on the safe side.
 * Undefined for a node without subgraphs.
 */
export function capturedNames(node: Node): Set<string> | undefined {
  const bodies = subgraphs(node);
  if (bodies.length === 0) return undefined;
  const names = new Set<string>();
  const visit = (graph: Graph): void => {
    for (const output of graph.outputs) names.add(output.name);
    for (const inner of graph.nodes) {
      for (const name of [...inner.inputs, ...inner.outputs]) if (name !== '') names.add(name);
      subgraphs(inner).forEach(visit);
    }
    for (const name of graph.initializers.keys()) names.add(name);
    for (const input of graph.inputs) names.add(input.name);
  };
  bodies.forEach(visit);
  return names;
}

function readNames(node: Node): readonly string[] {
  const captured = capturedNames(node);
  return captured ? [...node.inputs, ...captured] : node.inputs;
}
