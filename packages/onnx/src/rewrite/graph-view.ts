import type { Attribute, Graph, Node, TensorData } from '../ir.ts';
import { topologicalSort } from './topological-sort.ts';

/**
 * A graph with its edges indexed, and the few edits that passes are made of. Every edit keeps the
 * index right, so a pass can look at what it has just written.
 */
export class GraphView {
  readonly graph: Graph;
  readonly #producers = new Map<string, Node>();
  readonly #consumers = new Map<string, Set<Node>>();
  /** Values that must go on existing under their name: graph outputs, kept names, captures of subgraphs. */
  readonly #pinned = new Set<string>();
  readonly #outputs: ReadonlySet<string>;
  readonly #inputs: ReadonlySet<string>;
  readonly #names = new Set<string>();
  readonly #nodeNames = new Set<string>();
  readonly #removed = new Set<Node>();

  constructor(graph: Graph, keepNames: Iterable<string> = []) {
    this.graph = graph;
    this.#outputs = new Set(graph.outputs.map((output) => output.name));
    this.#inputs = new Set(graph.inputs.map((input) => input.name));
    for (const name of [...this.#outputs, ...keepNames]) this.#pinned.add(name);
    for (const name of [...this.#inputs, ...graph.initializers.keys()]) this.#names.add(name);
    for (const node of graph.nodes) {
      this.#index(node);
      for (const name of capturedNames(node)) {
        this.#pinned.add(name);
        this.#names.add(name);
      }
    }
  }

  /** The nodes as of the start of the walk, less those removed on the way, so that a pass may edit while it walks. */
  *nodes(): Generator<Node> {
    for (const node of [...this.graph.nodes]) if (!this.#removed.has(node)) yield node;
  }

  producer(name: string): Node | undefined {
    return this.#producers.get(name);
  }

  /** The nodes that read a value at their top level (captures by subgraphs pin the value instead). */
  consumers(name: string): Node[] {
    return [...(this.#consumers.get(name) ?? [])];
  }

  /** The node that alone reads a value, in one place, where nothing else needs the value. */
  soleConsumer(name: string): Node | undefined {
    const consumers = this.#consumers.get(name);
    if (this.#pinned.has(name) || consumers?.size !== 1) return undefined;
    const [consumer] = consumers;
    return consumer?.inputs.filter((input) => input === name).length === 1 ? consumer : undefined;
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
    const name = unused(base, this.#names);
    this.#names.add(name);
    return name;
  }

  /** Adds a constant under a fresh name, and returns the name. */
  addConstant(base: string, tensor: Omit<TensorData, 'name'>): string {
    const name = this.freshName(base);
    this.graph.initializers.set(name, { ...tensor, name });
    return name;
  }

  /**
   * Puts a constant where a node read another: under the same name if nothing else reads that, so that
   * weights keep their names.
   */
  replaceConstant(node: Node, index: number, tensor: Omit<TensorData, 'name'>): void {
    const name = node.inputs[index] as string;
    if (this.soleConsumer(name) === node) this.graph.initializers.set(name, { ...tensor, name });
    else this.setInput(node, index, this.addConstant(name, tensor));
  }

  /** Adds a node before another one. */
  insertBefore(
    place: Node,
    opType: string,
    inputs: string[],
    outputs: string[],
    attributes: Iterable<[string, Attribute]> = [],
  ): Node {
    const name = unused(`${place.name || place.opType}/${opType}`, this.#nodeNames);
    const node: Node = {
      name,
      opType,
      domain: '',
      inputs,
      outputs,
      attributes: new Map(attributes),
      docString: '',
    };
    this.graph.nodes.splice(this.graph.nodes.indexOf(place), 0, node);
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
    node.opType = opType;
    node.attributes = new Map(attributes);
    this.setInputs(node, inputs);
  }

  setInputs(node: Node, inputs: string[]): void {
    for (const name of node.inputs) this.#consumers.get(name)?.delete(node);
    node.inputs = inputs;
    for (const name of inputs) this.#addConsumer(name, node);
  }

  setInput(node: Node, index: number, name: string): void {
    this.setInputs(
      node,
      node.inputs.map((input, i) => (i === index ? name : input)),
    );
  }

  /** Renames an output of a node; the readers of the old name are left as they are. */
  setOutput(node: Node, index: number, name: string): void {
    const old = node.outputs[index] as string;
    if (this.#producers.get(old) === node) this.#producers.delete(old);
    node.outputs = node.outputs.map((output, i) => (i === index ? name : output));
    this.#producers.set(name, node);
    this.#names.add(name);
  }

  remove(node: Node): void {
    for (const name of node.inputs) this.#consumers.get(name)?.delete(node);
    for (const name of node.outputs) {
      if (this.#producers.get(name) === node) this.#producers.delete(name);
    }
    this.#removed.add(node);
  }

  /** Lets every node that reads `from` read `to` instead. */
  redirectUses(from: string, to: string): void {
    for (const consumer of this.consumers(from)) {
      this.setInputs(
        consumer,
        consumer.inputs.map((input) => (input === from ? to : input)),
      );
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
  }

  #index(node: Node): void {
    this.#nodeNames.add(node.name);
    for (const name of node.inputs) this.#addConsumer(name, node);
    for (const name of node.outputs) {
      if (name === '') continue;
      this.#producers.set(name, node);
      this.#names.add(name);
    }
  }

  #addConsumer(name: string, node: Node): void {
    if (name === '') return;
    const set = this.#consumers.get(name);
    if (set) set.add(node);
    else this.#consumers.set(name, new Set([node]));
  }
}

function unused(base: string, taken: ReadonlySet<string>): string {
  if (!taken.has(base)) return base;
  for (let i = 1; ; i++) {
    const name = `${base}_${i}`;
    if (!taken.has(name)) return name;
  }
}

/** All names that a node's subgraphs mention: more than they capture, which errs on the safe side. */
export function capturedNames(node: Node): Set<string> {
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
  subgraphs(node).forEach(visit);
  return names;
}

function subgraphs(node: Node): Graph[] {
  const graphs: Graph[] = [];
  for (const attribute of node.attributes.values()) {
    if (attribute.type === 'graph') graphs.push(attribute.value);
    if (attribute.type === 'graphs') graphs.push(...attribute.value);
  }
  return graphs;
}

function readNames(node: Node): string[] {
  return [...node.inputs.filter((name) => name !== ''), ...capturedNames(node)];
}
