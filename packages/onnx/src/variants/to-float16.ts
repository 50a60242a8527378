import { attr, attrFloat, attrFloats, attrInt } from '../attributes.ts';
import { assertSound } from '../check/check-model.ts';
import { cloneModel } from '../clone-model.ts';
import { DTYPE_CODES, type DType, dtypeFromCode } from '../dtype.ts';
import { checkChoice, checkList, checkModelForm, checkOptions, refuse } from '../form.ts';
import { inferShapes } from '../infer/infer-shapes.ts';
import type { Model, Node, TensorData, ValueInfo, ValueType } from '../ir.ts';
import { capturedNames, GraphView } from '../rewrite/graph-view.ts';
import { isOp } from '../rewrite/is-op.ts';
import { firstOpset } from '../schema/find-schema.ts';
import { tensorFromArray, tensorToArray } from '../tensor.ts';
import { crashingInHalf } from './batch-transpose.ts';
import { checkKeep } from './check-keep.ts';
import { toHalf } from './half.ts';
import { failsInHalf, type HalfSupport, halfSupport } from './half-support.ts';
import { redirectCaptures } from './redirect-captures.ts';
import { requireWeights } from './require-weights.ts';
import type { InitializerReport, VariantReport } from './variant-report.ts';

export interface Float16Options {
  /** Keep float32 inputs and outputs as they are, with Casts at the border (the default). */
  keepIo?: boolean;
  /**
   * `float16` (the default) computes in half precision, for devices that do so; `float32` only stores
   * the weights in half precision, which suits CPUs: ONNX Runtime has hardly any half-precision
   * kernels there and would cast around every node.
   */
  compute?: 'float16' | 'float32';
  /** Operators that compute in float32 whatever `compute` says; by default {@link FLOAT16_BLOCK_LIST}. */
  blockList?: readonly string[];
  /** First outputs of nodes that stay as they are, whatever the other options say; see `withinError`. */
  keep?: readonly string[];
}

/** Operators that sum many elements or soon leave the range of half precision (65504). */
export const FLOAT16_BLOCK_LIST: readonly string[] = [
  'BatchNormalization',
  'CumSum',
  'Exp',
  'InstanceNormalization',
  'LayerNormalization',
  'Log',
  'LpNormalization',
  'MeanVarianceNormalization',
  'Pow',
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceMean',
  'ReduceProd',
  'ReduceSum',
  'ReduceSumSquare',
];

/** Smaller constants of float32 nodes are not worth a Cast. */
const MIN_STORED = 64;

/**
 * The model in half precision: about half the bytes. Weights are rounded to nearest even; those
 * beyond ±65504 are clamped and reported. Casts are added where a float32 value meets a half one, at
 * most one a value. Sequences and optional values stay what they are, and the nodes that make or take them.
 *
 * @throws OnnxError `invalid-model` for a model with errors, `invalid-argument` for an option, a value of one, an operator or a name to
 *   keep that there is not, `external-data` where the weights were not loaded
 */
export function toFloat16(
  model: Model,
  options: Float16Options = {},
): { model: Model; report: VariantReport } {
  checkModelForm(model);
  checkOptions(options, 'The options', ['keepIo', 'compute', 'blockList', 'keep']);
  const { keepIo = true, compute = 'float16', blockList = [], keep = [] } = options;
  checkChoice('keepIo', keepIo, [true, false]);
  checkChoice('compute', compute, ['float16', 'float32']);
  checkList('blockList', blockList, 'a list of operators');
  assertSound(model);
  checkBlockList(model, blockList);
  checkKeep(model, keep);
  requireWeights(model);
  return new HalfConverter(model, options).convert();
}

/** An operator that the model does not have may be on the list; one that nobody has is a slip. */
function checkBlockList({ graph }: Model, blockList: readonly string[]): void {
  for (const operator of blockList) {
    const isKnown =
      firstOpset('', operator) !== undefined ||
      graph.nodes.some(({ opType }) => opType === operator);
    if (!isKnown) refuse('blockList', "operators of ONNX, or of the model's nodes", operator);
  }
}

type Precision = 'half' | 'single';

class HalfConverter {
  readonly #model: Model;
  readonly #options: Float16Options;
  readonly #view: GraphView;
  readonly #types: ReadonlyMap<string, ValueType>;
  readonly #crashing: ReadonlySet<Node>;
  readonly #supports = new Map<Node, HalfSupport | undefined>();
  /** The names of a value in both precisions, as far as they exist. */
  readonly #forms = new Map<string, Partial<Record<Precision, string>>>();
  readonly #report: VariantReport = { initializers: [], kept: [], casts: 0 };

  constructor(model: Model, options: Float16Options) {
    this.#model = cloneModel(model);
    this.#options = options;
    this.#types = inferShapes(this.#model).types;
    this.#view = new GraphView(this.#model.graph);
    this.#crashing = crashingInHalf(this.#view, this.#types);
  }

  convert(): { model: Model; report: VariantReport } {
    const nodes = [...this.#view.nodes()];
    for (const node of nodes) this.#supports.set(node, this.#supportOf(node));
    this.#declareInputs();
    for (const node of nodes) this.#declareOutputs(node);
    for (const node of nodes) this.#convertNode(node);
    this.#convertOutputs();
    this.#dropUnused();
    this.#updateValueInfo();
    this.#view.commit();
    return { model: this.#model, report: this.#report };
  }

  /** What of a node can be half; undefined, and noted, for one that stays float32. */
  #supportOf(node: Node): HalfSupport | undefined {
    const { blockList = FLOAT16_BLOCK_LIST, compute } = this.#options;
    const opset = this.#model.opsets.get('') ?? this.#model.opsets.get('ai.onnx') ?? 0;
    const support =
      compute === 'float32' ? 'weights alone are stored in half' : halfSupport(node, opset);
    const reason =
      (this.#isKept(node) ? 'it is to be kept' : undefined) ??
      (this.#crashing.has(node) ? 'ONNX Runtime crashes on it in half' : undefined) ??
      (typeof support === 'string' ? support : this.#beyondTensors(node, support)) ??
      (failsInHalf(node) ? 'ONNX Runtime fails on it in half' : undefined) ??
      (blockList.includes(node.opType) ? 'it is on the block list' : undefined);
    if (reason === undefined) return support as HalfSupport;
    const floats = [...node.inputs, ...node.outputs].some((name) => this.#isFloat(name));
    if (floats) this.#report.kept.push({ name: node.name, opType: node.opType, reason });
    return undefined;
  }

  /** Of other values than tensors it is not followed which floats they hold; those stay float32. */
  #beyondTensors({ inputs, outputs }: Node, support: HalfSupport): string | undefined {
    const kinds = (names: readonly string[]) =>
      names.filter(Boolean).map((name) => this.#types.get(name)?.kind ?? 'unknown');
    const isOther = (kind: ValueType['kind']) => kind !== 'tensor' && kind !== 'unknown';
    if ([...kinds(inputs), ...kinds(outputs)].some(isOther)) {
      return 'it takes or gives a sequence or an optional value';
    }
    const isUnknown = (name: string, index: number) =>
      support.input(index) && kinds([name]).includes('unknown');
    return inputs.some(isUnknown) ? 'the type of an input is not known' : undefined;
  }

  #isKept({ outputs }: Node): boolean {
    return this.#options.keep?.includes(outputs[0] as string) ?? false;
  }

  #isFloat(name: string): boolean {
    return this.#dtype(name) === 'float32';
  }

  #dtype(name: string): DType | undefined {
    const type = this.#types.get(name);
    return type?.kind === 'tensor' ? type.dtype : undefined;
  }

  #declareInputs(): void {
    const keep = this.#options.keepIo ?? true;
    for (const { name } of this.#model.graph.inputs) {
      if (!this.#isFloat(name)) continue;
      // An initialiser that is an input as well is its default, in the input's type.
      const fixed = keep || this.#model.graph.initializers.has(name);
      this.#forms.set(name, fixed ? { single: name } : { half: name });
    }
    if (!keep) {
      const { graph } = this.#model;
      graph.inputs = graph.inputs.map((input) =>
        this.#forms.get(input.name)?.half ? asHalf(input) : input,
      );
    }
  }

  /** Gives every float32 result its precision; one whose name must stay in the other gets a new name. */
  #declareOutputs(node: Node): void {
    const support = this.#supports.get(node);
    node.outputs.forEach((name, index) => {
      if (!this.#isFloat(name)) return;
      const made: Precision = support?.output(index) ? 'half' : 'single';
      const wanted = this.#wanted(name);
      if (wanted === undefined || wanted === made) {
        this.#forms.set(name, { [made]: name });
        return;
      }
      const inner = this.#view.freshName(`${name}_${made}`);
      this.#view.setOutput(node, index, inner);
      this.#insertCast(node, inner, name, wanted);
      this.#forms.set(name, { [made]: inner, [wanted]: name });
    });
  }

  /** The precision that a value's name stands for outside: in graph outputs and bodies of nodes. */
  #wanted(name: string): Precision | undefined {
    if (!this.#view.isPinned(name)) return undefined;
    const captured = !this.#view.isGraphOutput(name);
    return captured || (this.#options.keepIo ?? true) ? 'single' : 'half';
  }

  #convertNode(node: Node): void {
    const support = this.#supports.get(node);
    const original = [...node.inputs];
    const inputs = node.inputs.map((name, index) => {
      if (!this.#isFloat(name)) return name;
      const half = support?.input(index) ?? false;
      if (!this.#view.constant(name)) return this.#form(name, half ? 'half' : 'single', node);
      if (half) return this.#halfConstant(name);
      return this.#storesHalf(node, index, name) ? this.#form(name, 'single', node) : name;
    });
    if (inputs.some((name, i) => name !== node.inputs[i])) this.#view.setInputs(node, inputs);
    this.#keepBodies(node);
    if (support) this.#convertAttributes(node, original);
  }

  /** Bodies compute in float32: what they read of a graph input or output that became half is cast back. */
  #keepBodies(node: Node): void {
    for (const name of capturedNames(node) ?? []) {
      if (this.#forms.get(name)?.half !== name) continue;
      node.attributes = redirectCaptures(node, name, this.#form(name, 'single', node));
    }
  }

  /** Whether a constant of a float32 node is stored in half: not where the operator wants float32 itself, as scales of Resize. */
  #storesHalf(node: Node, index: number, name: string): boolean {
    const elements = (this.#view.constant(name)?.raw.length ?? 0) / 4;
    if (elements < MIN_STORED || this.#view.isPinned(name) || this.#isKept(node)) return false;
    const opset = this.#model.opsets.get('') ?? 0;
    const allowed = halfSupport(node, opset);
    return typeof allowed === 'string' || allowed.input(index);
  }

  /** A value in the precision asked for, cast where it is not there yet. */
  #form(name: string, precision: Precision, reader: Node): string {
    if (this.#view.constant(name)) this.#halfConstant(name);
    const forms = this.#forms.get(name) ?? { single: name };
    const known = forms[precision];
    if (known !== undefined) return known;
    const source = (forms.half ?? forms.single) as string;
    const output = this.#view.freshName(`${name}_${precision}`);
    this.#insertCast(reader, source, output, precision);
    this.#forms.set(name, { ...forms, [precision]: output });
    return output;
  }

  #insertCast(place: Node, from: string, to: string, precision: Precision): void {
    const code = DTYPE_CODES[precision === 'half' ? 'float16' : 'float32'];
    this.#view.insertBefore(place, 'Cast', [from], [to], [['to', attr.int(code)]]);
    this.#report.casts++;
  }

  #halfConstant(name: string): string {
    const known = this.#forms.get(name)?.half;
    if (known !== undefined) return known;
    const tensor = this.#view.constant(name) as TensorData;
    const { raw, ...numbers } = toHalf(tensorToArray({ ...tensor, dtype: 'float32' }));
    const half = { dtype: 'float16' as const, dims: tensor.dims, raw };
    const stored = this.#view.addConstant(`${name}_half`, half);
    this.#forms.set(name, { half: stored });
    const sizes = { bytesBefore: tensor.raw.length, bytesAfter: raw.length };
    const entry: InitializerReport = { name, elements: raw.length / 2, ...sizes, ...numbers };
    this.#report.initializers.push(entry);
    return stored;
  }

  /** Casts go to half, constants in attributes are rounded. */
  #convertAttributes(node: Node, original: readonly string[]): void {
    const [output] = node.outputs;
    const set = (name: string, tensor: Omit<TensorData, 'name'>) =>
      new Map([[name, attr.tensor({ ...tensor, name: '' })]]);
    if (isOp(node, 'Cast', 'CastLike')) {
      const [from = '', like = ''] = original;
      const target = isOp(node, 'Cast') ? dtypeFromCode(attrInt(node, 'to', 0)) : this.#dtype(like);
      // To what it is already: ONNX Runtime's own rewrite of such a Cast makes a graph that it refuses.
      if (isFloating(this.#dtype(from)) && isFloating(target)) {
        this.#view.rewrite(node, 'Identity', node.inputs.slice(0, 1));
      } else if (isOp(node, 'Cast') && target === 'float32') {
        node.attributes = new Map(node.attributes).set('to', attr.int(DTYPE_CODES.float16));
      }
    } else if (isOp(node, 'Constant', 'ConstantOfShape')) {
      const tensor = attributeTensor(node);
      if (output === undefined || tensor?.dtype !== 'float32') return;
      const { raw } = toHalf(tensorToArray({ ...tensor, dtype: 'float32' }));
      node.attributes = set('value', { dtype: 'float16', dims: tensor.dims, raw });
    }
  }

  /** Graph outputs that are inputs or constants have the type that these have. */
  #convertOutputs(): void {
    if (this.#options.keepIo ?? true) return;
    const { graph } = this.#model;
    graph.outputs = graph.outputs.map((output) => {
      const half = this.#forms.get(output.name)?.half === output.name;
      return half ? asHalf(output) : output;
    });
  }

  #dropUnused(): void {
    const { initializers } = this.#model.graph;
    for (const name of [...this.#forms.keys()]) {
      if (initializers.has(name) && !this.#view.isUsed(name) && !this.#view.isGraphInput(name)) {
        initializers.delete(name);
        this.#takeName(name);
      }
    }
  }

  /** The half of a constant takes its name where the float32 one is gone. */
  #takeName(name: string): void {
    const { initializers } = this.#model.graph;
    const stored = this.#forms.get(name)?.half as string;
    const tensor = initializers.get(stored) as TensorData;
    initializers.delete(stored);
    // A type that an Identity does not ask for.
    if (!this.#view.isUsed(stored)) return;
    initializers.set(name, { ...tensor, name });
    this.#forms.set(name, { half: name });
    this.#view.redirectUses(stored, name);
  }

  #updateValueInfo(): void {
    const { valueInfo } = this.#model.graph;
    for (const [name, info] of valueInfo) {
      if (this.#forms.get(name)?.half === name) valueInfo.set(name, asHalf(info));
    }
  }
}

/** Of the types that are half in the result. */
function isFloating(dtype: DType | undefined): boolean {
  return dtype === 'float32' || dtype === 'float16';
}

function attributeTensor(node: Node): TensorData | undefined {
  const value = node.attributes.get('value');
  if (value?.type === 'tensor') return value.value;
  const single = attrFloat(node, 'value_float');
  if (single !== undefined) return tensorFromArray('', 'float32', [single], []);
  const list = attrFloats(node, 'value_floats');
  if (list) return tensorFromArray('', 'float32', list, [list.length]);
  // ConstantOfShape fills with a float32 zero where nothing is said.
  return isOp(node, 'ConstantOfShape') ? tensorFromArray('', 'float32', [0], [1]) : undefined;
}

function asHalf(info: ValueInfo): ValueInfo {
  return info.type.kind === 'tensor' ? { ...info, type: { ...info.type, dtype: 'float16' } } : info;
}
