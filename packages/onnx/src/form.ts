import { DTYPE_CODES } from './dtype.ts';
import { OnnxError } from './errors.ts';
import type { Attribute, Graph, Model, Node, TensorData, ValueInfo } from './ir.ts';

/**
 * Whether what a caller gives has the form that its type promises: programs in JavaScript have no compiler to
 * tell them. What a model means is looked at elsewhere (see checkModel).
 */

/** @throws OnnxError `invalid-argument` */
export function refuse(what: string, wanted: string, value: unknown): never {
  throw new OnnxError('invalid-argument', `${what}: expected ${wanted}, got ${describe(value)}.`);
}

function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(JSON.stringify(value) ?? value);
  const kind = Object.getPrototypeOf(value)?.constructor?.name;
  return kind && kind !== 'Object' ? `a ${kind}` : 'an object';
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Reads the name of a typed array's kind off its internal slot: the same in every realm. */
const kindOfTyped = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)?.get as (this: unknown) => string | undefined;

/** `'Float32Array'` and so on, of any realm (a frame, a `vm` context); undefined for what is no typed array. */
export function kindOf(value: unknown): string | undefined {
  return kindOfTyped.call(value);
}

/** True for a Uint8Array of any realm; a Buffer is one. */
export function isBytes(value: unknown): value is Uint8Array {
  return kindOf(value) === 'Uint8Array';
}

/** Maps of other realms as well. */
function isMap(value: unknown): boolean {
  return isObject(value) && 'get' in value && typeof value.get === 'function';
}

/** @param known the names that there are, where others would do nothing */
export function checkOptions(
  options: unknown,
  what = 'The options',
  known?: readonly string[],
): void {
  if (!isObject(options) || Array.isArray(options) || ArrayBuffer.isView(options)) {
    refuse(what, 'an object', options);
  }
  for (const name of known ? Object.keys(options) : []) {
    if (!known?.includes(name)) refuse(what, `none but ${known?.join(', ')}`, name);
  }
}

/** An option that is one of a few, or left out. */
export function checkChoice(what: string, value: unknown, choices: readonly unknown[]): void {
  if (value !== undefined && !choices.includes(value)) refuse(what, choices.join(' or '), value);
}

/** An option that is an integer from `least` to `most`, or left out. */
export function checkInteger(
  what: string,
  value: unknown,
  least: number,
  most = Number.POSITIVE_INFINITY,
): void {
  if (value === undefined) return;
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const range = most === Number.POSITIVE_INFINITY ? `≥ ${least}` : `from ${least} to ${most}`;
  refuse(what, `an integer ${range}`, value);
}

export function checkText(what: string, value: unknown, wanted = 'a text'): void {
  if (typeof value !== 'string') refuse(what, wanted, value);
}

/** An option that is a text, or left out. */
export function checkTextOption(what: string, value: unknown): void {
  if (value !== undefined) checkText(what, value);
}

/** A list, or another iterable, of texts; a text itself would be a list of its letters. */
export function checkTexts(what: string, values: unknown, wanted: string): void {
  if (!isObject(values) || !(Symbol.iterator in values)) refuse(what, wanted, values);
  for (const value of values as Iterable<unknown>) checkText(what, value, wanted);
}

export function checkList(what: string, value: unknown, wanted: string): void {
  if (!Array.isArray(value)) refuse(what, wanted, value);
}

export function checkBytes(what: string, value: unknown): void {
  if (!ArrayBuffer.isView(value)) refuse(what, 'a Uint8Array', value);
}

/** A model, its graphs aside. */
export function checkModelForm(model: Model): void {
  if (!isObject(model)) refuse('The model', 'one, as readModel gives it', model);
  if (!isMap(model.opsets)) refuse("The model's opsets", 'a Map', model.opsets);
  if (!isMap(model.metadata)) refuse("The model's metadata", 'a Map', model.metadata);
  if (!isObject(model.graph)) refuse("The model's graph", 'one', model.graph);
}

/** A graph, the bodies in its nodes aside. */
export function checkGraphForm(graph: Graph): void {
  if (!isObject(graph)) refuse('The graph', 'one', graph);
  const where = (part: string) => `The ${part} of the graph "${graph.name}"`;
  checkList(where('nodes'), graph.nodes, 'a list of nodes');
  checkList(where('inputs'), graph.inputs, 'a list of values');
  checkList(where('outputs'), graph.outputs, 'a list of values');
  if (!isMap(graph.valueInfo)) refuse(where('valueInfo'), 'a Map', graph.valueInfo);
  if (!isMap(graph.initializers)) refuse(where('initializers'), 'a Map', graph.initializers);
  for (const node of graph.nodes) checkNodeForm(node);
  for (const value of [...graph.inputs, ...graph.outputs, ...graph.valueInfo.values()]) {
    checkValueForm(value);
  }
  for (const tensor of graph.initializers.values()) checkTensorForm(tensor);
}

export function checkNodeForm(node: Node): void {
  if (!isObject(node)) refuse('The node', 'one', node);
  if (!isMap(node.attributes)) refuse("The node's attributes", 'a Map', node.attributes);
  if (!Array.isArray(node.inputs)) refuse("The node's inputs", 'a list of names', node.inputs);
  if (!Array.isArray(node.outputs)) refuse("The node's outputs", 'a list of names', node.outputs);
}

export function checkAttributeForm(attribute: Attribute): void {
  if (!isObject(attribute) || typeof attribute.type !== 'string')
    refuse('The attribute', 'one, as attr makes it', attribute);
}

function checkValueForm(value: ValueInfo): void {
  if (!isObject(value) || !isObject(value.type)) refuse('The value', '{ name, type }', value);
}

export function checkTensorForm(tensor: TensorData): void {
  if (!isObject(tensor)) refuse('The tensor', 'one, as tensorFromArray makes it', tensor);
  checkDtype(tensor.dtype);
  checkDims(tensor.dims);
  if (!ArrayBuffer.isView(tensor.raw)) refuse("The tensor's raw", 'its bytes', tensor.raw);
}

export function checkDims(dims: unknown, what = 'The dims'): void {
  checkList(what, dims, 'a list of sizes');
}

export function checkDtype(dtype: unknown): void {
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_CODES, dtype)) {
    refuse('The dtype', `one of ${Object.keys(DTYPE_CODES).join(', ')}`, dtype);
  }
}
