import { LatentkitError } from '@latentkit/core';
import { type Model, type TensorData, tensorToArray } from '@latentkit/onnx';
import { CENTRE } from '../families/centre.ts';
import type { FamilyModel } from '../families/family.ts';
import { assign, type NamedVariable } from '../families/variables.ts';
import { exportGraph } from '../graphs/export-graph.ts';

/** The graphs of a model by their names. */
export type Graphs = ReadonlyMap<string, Model>;

/**
 * Finds the values of variables in exported graphs. Most constants have their variable's name; one number stands for a
 * variable whose values are all the same; others the export has transposed, masked, or added a number to. Which element of which variable went where is found out by exporting the
 * same model with other numbers in it: those that tell which element they are.
 *
 * @param model as its settings build it; its variables are changed
 * @param wanted the variables to find
 * @returns values in row-major order, by name; 0 for an element that a mask hides from the graphs, and for biases that
 *   are in none
 * @throws LatentkitError `invalid-data` where a variable is not to be found
 */
export async function recoverWeights(
  model: FamilyModel,
  wanted: readonly NamedVariable[],
  graphs: Graphs,
): Promise<ReadonlyMap<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (const named of wanted) {
    const own = valuesByName(named, graphs);
    if (own) found.set(named.name, own);
  }
  const hidden = wanted.filter(({ name }) => !found.has(name));
  if (hidden.length > 0) await recoverHidden(model, hidden, graphs, found);
  const missing = wanted.filter(({ name }) => !found.has(name));
  // A bias of zeros adds nothing, and is in no graph: who takes the weights compares what they compute.
  if (missing.every(({ name }) => name.endsWith('/bias'))) {
    for (const { name, variable } of missing) found.set(name, new Float32Array(variable.size));
    return found;
  }
  throw new LatentkitError(
    'invalid-data',
    `The graphs do not hold the weights of such a model: ${missing.map(({ name, variable }) => `${name} [${variable.shape}]`).join(', ')} ` +
      'cannot be found. Give the settings that it was trained with (family, architecture, sizes), and take a model ' +
      'that latentkit exported.',
  );
}

/** The values of a variable whose name a constant of the graphs has; undefined where none has it. */
export function valuesByName(
  { name, variable }: NamedVariable,
  graphs: Graphs,
): Float32Array | undefined {
  for (const { graph } of graphs.values()) {
    const constant = graph.initializers.get(name);
    if (constant?.dtype === 'float32' && String(constant.dims) === String(variable.shape)) {
      return values(constant);
    }
  }
  return uniformByName({ name, variable }, graphs);
}

/** Those of a variable that the export has made one number of, since it broadcasts. */
function uniformByName(
  { name, variable }: NamedVariable,
  graphs: Graphs,
): Float32Array | undefined {
  for (const { graph } of graphs.values()) {
    const constant = graph.initializers.get(`${name}_scalar`);
    if (constant && isNumber(constant)) return valuesFor(variable.size, constant);
  }
  // A number that the graph has already stands for the centre as well, by its own name: it is what items are less.
  if (name !== CENTRE) return undefined;
  const encoder = graphs.get('encoder')?.graph;
  const less = encoder?.nodes.find(({ opType, inputs }) => opType === 'Sub' && inputs[0] === 'x');
  const constant = encoder?.initializers.get(less?.inputs[1] ?? '');
  return constant && isNumber(constant) ? valuesFor(variable.size, constant) : undefined;
}

async function recoverHidden(
  model: FamilyModel,
  hidden: readonly NamedVariable[],
  graphs: Graphs,
  found: Map<string, Float32Array>,
): Promise<void> {
  const variables = [...model.weights, ...model.buffers];
  const numbered = number(variables);
  // The graphs are alike only where the same variables are uniform: the export takes others into biases.
  const uniform = new Map(
    variables.flatMap((named) => {
      const values = uniformByName(named, graphs);
      return values ? [[named.name, values] as const] : [];
    }),
  );
  const [first, second] = [
    pairsOf(await probe(model, numbered, MARKS[0], uniform), graphs),
    pairsOf(await probe(model, numbered, MARKS[1], uniform), graphs),
  ];
  const places = placesOf(first, second);
  for (const named of hidden) {
    const id = numbered.get(named.name) as number;
    const recovered = gather(named, id, places) ?? shifted(named, id, first);
    if (recovered) found.set(named.name, recovered);
  }
}

/** Marks are multiples of this below 1: exact in float32, and small enough for any network to compute with. */
const UNIT = 2 ** -23;
const MARKED = 2 ** 22;

/** Two marks of an element's number, which together tell it from all others: no result of arithmetic has both. */
const MARKS = [
  (id: number) => ((id % MARKED) + 1) * UNIT,
  (id: number) => (((Math.imul(id, 0x9e37_79b1) >>> 10) ^ Math.floor(id / MARKED)) + 1) * UNIT,
] as const;

/** The number of each variable's first element. */
function number(variables: readonly NamedVariable[]): ReadonlyMap<string, number> {
  let next = 0;
  return new Map(
    variables.map(({ name, variable }) => {
      const first = next;
      next += variable.size;
      return [name, first];
    }),
  );
}

/** A constant of a probe, and the one of the published graph that stands in its place. */
interface Pair {
  readonly probe: TensorData;
  /** The values of the other, as many. */
  readonly published: Float32Array;
}

/**
 * Pairs the constants of two exports of the same model by the nodes that take them: names hang on what else the process
 * had made. None where the graphs are not alike.
 */
function pairsOf(probes: Graphs, published: Graphs): Pair[] {
  return [...probes].flatMap(([name, { graph: probe }]) => {
    const own = published.get(name)?.graph;
    if (!own) return [];
    const [nodes, ownNodes] = [nodesOf(probe), nodesOf(own)];
    const alike =
      ownNodes.length === nodes.length &&
      ownNodes.every(({ opType }, i) => opType === nodes[i]?.opType);
    if (!alike) return [];
    return nodes.flatMap(({ inputs }, i) =>
      inputs.flatMap((input, slot) => {
        const one = probe.initializers.get(input);
        const other = own.initializers.get(ownNodes[i]?.inputs[slot] ?? '');
        const fits =
          one?.dtype === 'float32' &&
          other?.dtype === 'float32' &&
          (String(one.dims) === String(other.dims) || isNumber(other));
        return fits ? [{ probe: one, published: valuesFor(values(one).length, other) }] : [];
      }),
    );
  });
}

/** The nodes of a graph but the one that cuts ln σ² off, which models of earlier versions do not have. */
function nodesOf({ nodes }: Model['graph']): Model['graph']['nodes'] {
  return nodes.filter(({ opType, outputs }) => opType !== 'Clip' || outputs[0] !== 'log_var');
}

/** The export with a mark in each element of each variable but those that are uniform. */
async function probe(
  model: FamilyModel,
  numbered: ReadonlyMap<string, number>,
  mark: (id: number) => number,
  uniform: ReadonlyMap<string, Float32Array>,
): Promise<Graphs> {
  for (const { name, variable } of [...model.weights, ...model.buffers]) {
    const first = numbered.get(name) as number;
    assign(
      variable,
      uniform.get(name) ?? Float32Array.from({ length: variable.size }, (_, i) => mark(first + i)),
    );
  }
  const graphs = new Map<string, Model>();
  for (const graph of model.graphs) {
    graphs.set(graph.name, (await exportGraph(graph, { verify: false })).model);
  }
  return graphs;
}

/** Where a published value is. */
interface Place {
  readonly values: Float32Array;
  readonly at: number;
}

/** The places of elements by their two marks. */
function placesOf(first: readonly Pair[], second: readonly Pair[]): Map<number, Place> {
  const places = new Map<number, Place>();
  for (const [i, { probe, published }] of first.entries()) {
    const [a, b] = [values(probe), values((second[i] as Pair).probe)];
    for (const [at, mark] of a.entries()) {
      places.set(keyOf(mark, b[at] as number), { values: published, at });
    }
  }
  return places;
}

function keyOf(first: number, second: number): number {
  return first / UNIT + (second / UNIT) * 2 ** 24;
}

/** The values of a variable; an element without a place was masked, unless none has one. */
function gather(
  { variable }: NamedVariable,
  first: number,
  places: ReadonlyMap<number, Place>,
): Float32Array | undefined {
  const gathered = new Float32Array(variable.size);
  let known = 0;
  for (let i = 0; i < gathered.length; i++) {
    const id = first + i;
    const place = places.get(keyOf(MARKS[0](id), MARKS[1](id)));
    if (!place) continue;
    gathered[i] = place.values[place.at] as number;
    known++;
  }
  return known > 0 ? gathered : undefined;
}

/** The values of a variable that the export added one number to: all marks are off by it. */
function shifted(
  { variable }: NamedVariable,
  first: number,
  pairs: readonly Pair[],
): Float32Array | undefined {
  for (const { probe, published } of pairs) {
    const marks = values(probe);
    if (marks.length !== variable.size) continue;
    const shifts = marks.map((value, i) => value - MARKS[0](first + i));
    const shift = Math.round((shifts[0] as number) / SHIFT_UNIT) * SHIFT_UNIT;
    if (!shifts.every((each) => Math.abs(each - shift) < 4 * UNIT)) continue;
    return published.map((value) => value - shift);
  }
  return undefined;
}

/** Numbers that models add are written with few digits. */
const SHIFT_UNIT = 2 ** -10;

function isNumber({ dtype, dims }: TensorData): boolean {
  return dtype === 'float32' && dims.length === 0;
}

/** So many values of a constant, one number of which stands for all. */
function valuesFor(count: number, tensor: TensorData): Float32Array {
  const own = values(tensor);
  return isNumber(tensor) ? new Float32Array(count).fill(own[0] as number) : own;
}

function values(tensor: TensorData): Float32Array {
  return tensorToArray(tensor) as Float32Array;
}
