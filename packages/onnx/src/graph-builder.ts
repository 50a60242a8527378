import { leastIr, NEWEST_IR } from './check/check-versions.ts';
import type { DType } from './dtype.ts';
import { OnnxError } from './errors.ts';
import {
  checkAttributeForm,
  checkDims,
  checkDtype,
  checkInteger,
  checkList,
  checkOptions,
  checkTensorForm,
  checkText,
  checkTextOption,
  checkTexts,
  kindOf,
  refuse,
} from './form.ts';
import type { Attribute, Dim, Graph, Model, Node, TensorData, ValueInfo } from './ir.ts';
import { newestOpset } from './schema/find-schema.ts';
import { type TensorValues, tensorFromArray } from './tensor.ts';

export interface BuilderOptions {
  /** Version of ONNX's own operator set; default 17. */
  opset?: number;
  /** Version of the file format; default 8, or the least that the operator set belongs to. */
  irVersion?: number;
  /** Further operator sets by domain, such as `{ 'com.microsoft': 1 }`. */
  domains?: Readonly<Record<string, number>>;
  producerName?: string;
  producerVersion?: string;
  docString?: string;
  metadata?: Readonly<Record<string, string>>;
  /** The builder of the enclosing graph, for bodies of If, Loop and Scan: its values can be used. */
  outer?: GraphBuilder;
}

export interface NodeOptions {
  /** The node's name; made from the operator where it is not given, and made unique where it is taken. */
  name?: string;
  domain?: string;
  docString?: string;
}

/** dtypes whose values are told by their array alone. */
const DTYPE_OF_ARRAY: ReadonlyMap<unknown, DType> = new Map<unknown, DType>([
  ['Float32Array', 'float32'],
  ['Float64Array', 'float64'],
  ['Int8Array', 'int8'],
  ['Int16Array', 'int16'],
  ['Int32Array', 'int32'],
  ['Uint8Array', 'uint8'],
  ['Uint16Array', 'uint16'],
  ['Uint32Array', 'uint32'],
  ['BigInt64Array', 'int64'],
  ['BigUint64Array', 'uint64'],
]);

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/**
 * Builds a graph from its inputs to its outputs, in topological order by construction: every name
 * that is used must be known by then.
 *
 * ```ts
 * const g = new GraphBuilder('twice');
 * const x = g.input('x', 'float32', ['batch', 4]);
 * const two = g.initializer('two', new Float32Array([2]), []);
 * g.output(g.node('Mul', [x, two]), 'float32', ['batch', 4]);
 * const bytes = writeModel(g.build());
 * ```
 */
export class GraphBuilder {
  readonly graph: Graph;
  readonly #options: BuilderOptions;
  /** The names of values, of this graph and those around it, and those kept for values to come. */
  readonly #names: Names;
  /** The names of nodes: a node may be called as a value is. */
  readonly #nodeNames: Names;
  /** Values that nodes may use. */
  readonly #values = new Set<string>();

  /** @throws OnnxError `invalid-argument` for options that there are not, or whose values are none */
  constructor(name: string, options: BuilderOptions = {}) {
    checkText('The name of the graph', name);
    checkBuilderOptions(options);
    const { outer } = options;
    if (outer !== undefined && !(outer instanceof GraphBuilder)) {
      refuse('outer', 'the GraphBuilder of the enclosing graph', outer);
    }
    this.#options = options;
    this.#names = options.outer ? options.outer.#names : new Names();
    this.#nodeNames = options.outer ? options.outer.#nodeNames : new Names();
    this.graph = {
      name,
      docString: options.outer ? (options.docString ?? '') : '',
      inputs: [],
      outputs: [],
      valueInfo: new Map(),
      initializers: new Map(),
      nodes: [],
    };
  }

  /** A name for a value: the wish while it is free, else with the first free number behind it. Takes it. */
  uniqueName(wish: string): string {
    checkText('The name', wish);
    return this.#names.unique(wish);
  }

  /**
   * Keeps a name for an input or output that is added later: until then no node, constant or
   * `uniqueName` is given it.
   */
  reserve(name: string): void {
    checkText('The name', name);
    this.#names.reserve(name);
  }

  /** True for a value that nodes of this graph may use. */
  has(value: string): boolean {
    return this.#values.has(value) || (this.#options.outer?.has(value) ?? false);
  }

  /** A graph input; `dims` null where not even the rank is known. The name is kept as it is. */
  input(name: string, dtype: DType, dims: readonly Dim[] | null): string {
    checkShape(dims);
    this.#claim(name, 'input');
    this.graph.inputs.push(valueInfo(name, dtype, dims));
    return name;
  }

  /**
   * A constant. The name is a wish and made unique; the one given is returned. Plain lists need their dtype.
   *
   * @throws OnnxError `invalid-argument` where values and shape differ in size
   */
  initializer(name: string, values: TypedArray, dims: readonly number[]): string;
  initializer<D extends DType>(
    name: string,
    dtype: D,
    values: TensorValues<D>,
    dims: readonly number[],
  ): string;
  initializer(name: string, ...rest: unknown[]): string {
    const given = typeof rest[0] === 'string';
    const [values, dims] = (given ? rest.slice(1) : rest) as [TypedArray, readonly number[]];
    const dtype = given ? (rest[0] as DType) : DTYPE_OF_ARRAY.get(kindOf(values));
    if (!dtype) {
      throw new OnnxError(
        'invalid-argument',
        `The initializer "${name}" is no typed array: give its dtype before the values.`,
      );
    }
    return this.tensor(tensorFromArray(name, dtype, values as never, dims));
  }

  /** A constant that is a tensor already, under its own name, made unique. */
  tensor(tensor: TensorData): string {
    checkTensorForm(tensor);
    const name = this.uniqueName(tensor.name || 'const');
    this.graph.initializers.set(name, { ...tensor, name });
    this.#values.add(name);
    return name;
  }

  /**
   * A node with one output, whose name it returns; `output` is a wish for that name. `''` omits an
   * optional input.
   *
   * @throws OnnxError `invalid-argument` where an input is not known
   */
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute | undefined>>,
    options?: NodeOptions & { output?: string },
  ): string;
  /** A node with several outputs: their number, or a wish for the name of each (`''` omits one). */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute | undefined>>,
    options: NodeOptions & { outputs: number | readonly string[] },
  ): string[];
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute | undefined>> = {},
    options: NodeOptions & { output?: string; outputs?: number | readonly string[] } = {},
  ): string | string[] {
    checkText('The operator', opType);
    checkList(`The inputs of ${opType}`, inputs, 'a list of names');
    checkOptions(attributes, `The attributes of ${opType}`);
    for (const attribute of Object.values(attributes)) {
      if (attribute !== undefined) checkAttributeForm(attribute);
    }
    checkNodeOptions(options);
    for (const input of inputs) {
      if (input !== '' && !this.has(input)) {
        throw new OnnxError(
          'invalid-argument',
          `${opType} uses "${input}", which the graph "${this.graph.name}" does not have yet. Add inputs and nodes before those that use them.`,
        );
      }
    }
    const name = this.#nodeNames.unique(options.name ?? opType);
    const wishes =
      typeof options.outputs === 'number'
        ? Array.from({ length: options.outputs }, (_, i) => `${name}_out${i}`)
        : (options.outputs ?? [options.output ?? `${name}_out`]);
    const outputs = wishes.map((wish) => (wish === '' ? '' : this.uniqueName(wish)));
    const given = Object.entries(attributes).filter(
      (entry): entry is [string, Attribute] => entry[1] !== undefined,
    );
    this.#append({
      name,
      opType,
      domain: options.domain ?? '',
      inputs: [...inputs],
      outputs,
      attributes: new Map(given),
      docString: options.docString ?? '',
    });
    return options.outputs === undefined ? (outputs[0] as string) : outputs;
  }

  /**
   * Makes a value a graph output, under its own name or another one (by an Identity).
   *
   * @throws OnnxError `invalid-argument` where the value is not known or the name is taken
   */
  output(value: string, dtype: DType, dims: readonly Dim[] | null, as: string = value): string {
    checkShape(dims);
    if (!this.has(value)) {
      throw new OnnxError('invalid-argument', `The graph "${this.graph.name}" has no "${value}".`);
    }
    if (as !== value) {
      this.#claim(as, 'output');
      this.#append({
        name: this.#nodeNames.unique('Identity'),
        opType: 'Identity',
        domain: '',
        inputs: [value],
        outputs: [as],
        attributes: new Map(),
        docString: '',
      });
    }
    if (this.graph.outputs.some((output) => output.name === as)) throw nameTaken(as, 'output');
    this.graph.outputs.push(valueInfo(as, dtype, dims));
    return as;
  }

  /** The graph alone: the body of an If, Loop or Scan. */
  buildGraph(): Graph {
    return this.graph;
  }

  /** The model. The graph is shared with the builder, not copied. */
  build(): Model {
    const options = this.#options;
    const { opset = 17 } = options;
    return {
      irVersion: options.irVersion ?? Math.max(8, leastIr(opset) ?? 8),
      opsets: new Map([['', opset], ...Object.entries(options.domains ?? {})]),
      producerName: options.producerName ?? 'latentkit',
      producerVersion: options.producerVersion ?? '',
      domain: '',
      modelVersion: 0,
      docString: options.docString ?? '',
      metadata: new Map(Object.entries(options.metadata ?? {})),
      graph: this.graph,
    };
  }

  #append(node: Node): void {
    this.graph.nodes.push(node);
    for (const output of node.outputs) if (output !== '') this.#values.add(output);
  }

  #claim(name: string, what: string): void {
    checkText(`The name of a graph ${what}`, name);
    if (name === '') throw new OnnxError('invalid-argument', `A graph ${what} needs a name.`);
    if (!this.#names.claim(name)) throw nameTaken(name, what);
    this.#values.add(name);
  }
}

/** Names of one kind, none of them twice. */
class Names {
  readonly #taken = new Set<string>();
  readonly #reserved = new Set<string>();
  /** By wish, the number to try next: unrolled loops ask for one name thousands of times. */
  readonly #next = new Map<string, number>();

  unique(wish: string): string {
    let name = wish;
    let number = this.#next.get(wish) ?? 1;
    while (this.#taken.has(name) || this.#reserved.has(name)) name = `${wish}_${number++}`;
    this.#next.set(wish, number);
    this.#taken.add(name);
    return name;
  }

  reserve(name: string): void {
    this.#reserved.add(name);
  }

  /** Takes exactly this name, reserved or not; false where it is taken. */
  claim(name: string): boolean {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    return true;
  }
}

function nameTaken(name: string, what: string): OnnxError {
  return new OnnxError(
    'invalid-argument',
    `The ${what} "${name}" has a name that is taken: every value in a graph has its own.`,
  );
}

const BUILDER_OPTIONS: readonly (keyof BuilderOptions)[] = [
  'opset',
  'irVersion',
  'domains',
  'producerName',
  'producerVersion',
  'docString',
  'metadata',
  'outer',
];

function checkBuilderOptions(options: BuilderOptions): void {
  checkOptions(options, 'The options', BUILDER_OPTIONS);
  const { opset, irVersion, domains = {}, metadata = {} } = options;
  checkInteger('opset', opset, 1, newestOpset(''));
  checkInteger('irVersion', irVersion, 1, NEWEST_IR);
  checkOptions(domains, 'domains');
  for (const [domain, version] of Object.entries(domains)) {
    if (!Number.isInteger(version) || version < 1) {
      refuse(`The version of "${domain}" in domains`, 'an integer ≥ 1', version);
    }
  }
  checkOptions(metadata, 'metadata');
  for (const [key, value] of Object.entries(metadata)) checkText(`metadata of "${key}"`, value);
  for (const key of ['producerName', 'producerVersion', 'docString'] as const) {
    checkTextOption(key, options[key]);
  }
}

function checkNodeOptions(
  options: NodeOptions & { output?: string; outputs?: number | readonly string[] },
): void {
  checkOptions(options, 'The options', ['name', 'domain', 'docString', 'output', 'outputs']);
  for (const key of ['name', 'domain', 'docString', 'output'] as const) {
    checkTextOption(key, options[key]);
  }
  const { outputs } = options;
  if (typeof outputs === 'number') checkInteger('outputs', outputs, 1);
  else if (outputs !== undefined) checkTexts('outputs', outputs, 'a number, or a list of names');
}

function checkShape(dims: readonly Dim[] | null): void {
  if (dims === null) return;
  checkDims(dims);
  for (const dim of dims) {
    const size = Number.isInteger(dim) && (dim as number) >= 0;
    if (!size && dim !== null && (typeof dim !== 'string' || dim === '')) {
      refuse('A dimension', 'an integer ≥ 0, a name, or null', dim);
    }
  }
}

function valueInfo(name: string, dtype: DType, dims: readonly Dim[] | null): ValueInfo {
  checkDtype(dtype);
  return {
    name,
    type: { kind: 'tensor', dtype, shape: dims === null ? null : [...dims] },
    docString: '',
  };
}
