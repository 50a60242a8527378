import { attr, attrFloat, attrInt } from '../attributes.ts';
import { assertSound } from '../check/check-model.ts';
import { cloneModel } from '../clone-model.ts';
import { DTYPE_CODES, type DType } from '../dtype.ts';
import { OnnxError } from '../errors.ts';
import { checkChoice, checkModelForm, checkOptions, refuse } from '../form.ts';
import type { Attribute, Model, Node, TensorData } from '../ir.ts';
import { permuteTensor } from '../passes/layout/permute-tensor.ts';
import { GraphView } from '../rewrite/graph-view.ts';
import { inferTypes, type TensorTypes } from '../rewrite/infer-types.ts';
import { isOp } from '../rewrite/is-op.ts';
import { decode, encode, type NumericTensor } from '../rewrite/tensor-values.ts';
import { checkKeep } from './check-keep.ts';
import { type QuantizedWeight, quantizeWeight } from './quantize-weights.ts';
import { requireWeights } from './require-weights.ts';
import type { VariantReport } from './variant-report.ts';

export interface Int8Options {
  /**
   * How weights are stored. `uint8` (the default) uses each channel's range in full and gives the same
   * numbers on every CPU. `int8` is symmetric, in products with 7 bits: ONNX Runtime's kernels add
   * pairs of products in 16 bits on x86 CPUs without VNNI, which larger weights would saturate.
   */
  weights?: 'uint8' | 'int8';
  /** Weights with fewer elements stay float32. Default 1024. */
  minElements?: number;
  /**
   * Filters of depthwise convolutions, which see one channel each: `keep` (the default) leaves them in
   * float32. Few weights make each result, and their rounding does not average out: quantised, they
   * can ruin a net that has many of them, for a small part of its bytes.
   */
  depthwise?: 'keep' | 'quantize';
  /** First outputs of nodes that stay as they are, whatever the other options say; see `withinError`. */
  keep?: readonly string[];
}

/**
 * The model with 8-bit weights: about a quarter of the bytes, where matrices and filters make up most
 * of them. Weights are quantised per output channel.
 *
 * MatMul and Gemm multiply in integers: the activations are quantised at run time (dynamic
 * quantisation: DynamicQuantizeLinear → MatMulInteger → Cast → Mul → Add). Conv, ConvTranspose and
 * Gather keep float32 activations and restore their weights by DequantizeLinear. RNN, GRU and LSTM,
 * and depthwise filters unless asked for, stay float32; the report names every node that stays, and why.
 *
 * @throws OnnxError `invalid-model` for a model with errors, `invalid-argument` for an option, a value of one or a name to keep that there is
 *   not, `unsupported` for an opset below 13, `external-data` where the weights were not loaded
 */
export function toInt8(
  model: Model,
  options: Int8Options = {},
): { model: Model; report: VariantReport } {
  checkModelForm(model);
  checkOptions(options, 'The options', ['weights', 'minElements', 'depthwise', 'keep']);
  const { weights = 'uint8', minElements = 1024, depthwise = 'keep', keep = [] } = options;
  checkChoice('weights', weights, ['uint8', 'int8']);
  checkChoice('depthwise', depthwise, ['keep', 'quantize']);
  if (typeof minElements !== 'number' || !(minElements >= 0)) {
    refuse('minElements', 'a number ≥ 0', minElements);
  }
  const opset = model.opsets.get('') ?? model.opsets.get('ai.onnx') ?? 0;
  if (opset < 13) {
    throw new OnnxError('unsupported', `Per-channel weights need opset 13 or later, got ${opset}.`);
  }
  assertSound(model);
  checkKeep(model, keep);
  requireWeights(model);
  return new Quantizer(cloneModel(model), {
    weights,
    minElements,
    depthwise,
    keep,
  }).convert();
}

/** Where a weight's output channels lie, for the operators that keep float32 activations. */
const STORED: Readonly<Record<string, { input: number; axis: number }>> = {
  Conv: { input: 1, axis: 0 },
  ConvTranspose: { input: 1, axis: 1 },
  Gather: { input: 0, axis: 0 },
};

/** Their errors add up over the steps; ONNX's own operators take no 8-bit weights for them. */
const RECURRENT: readonly string[] = ['RNN', 'GRU', 'LSTM'];

/** 255 · 63 · 2 fits into 16 bits with a sign, 255 · 127 · 2 does not. */
export const MOST_IN_PRODUCT = 63;

/** The constants that a quantised matrix consists of, by name. */
interface Matrix {
  values: string;
  scales: string;
  zeroPoints: string | undefined;
}

/** The numbers of a tensor that is known to be float32. */
function floats(tensor: Omit<TensorData, 'name'>): NumericTensor {
  return decode({ ...tensor, name: '' }) as NumericTensor;
}

class Quantizer {
  readonly #model: Model;
  readonly #weights: 'uint8' | 'int8';
  readonly #minElements: number;
  readonly #depthwise: 'keep' | 'quantize';
  readonly #keep: ReadonlySet<string>;
  readonly #view: GraphView;
  readonly #types: TensorTypes;
  /** Quantised forms of activations by name. */
  readonly #activations = new Map<string, [string, string, string]>();
  /** Quantised matrices by the names of their weights and transB. */
  readonly #matrices = new Map<string, Matrix>();
  /** Weights that are restored by DequantizeLinear, by name and axis. */
  readonly #restored = new Map<string, string>();
  readonly #report: VariantReport = { initializers: [], kept: [], casts: 0 };

  constructor(model: Model, { weights, minElements, depthwise, keep }: Required<Int8Options>) {
    this.#model = model;
    this.#weights = weights;
    this.#minElements = minElements;
    this.#depthwise = depthwise;
    this.#keep = new Set(keep);
    this.#view = new GraphView(model.graph);
    this.#types = inferTypes(model);
  }

  convert(): { model: Model; report: VariantReport } {
    const { initializers } = this.#model.graph;
    // What nothing reads already is not ours to drop.
    const spare = [...initializers.keys()].filter((name) => !this.#view.isUsed(name));
    for (const node of this.#view.nodes()) {
      const convert = () =>
        isOp(node, 'MatMul', 'Gemm') ? this.#multiply(node) : this.#store(node);
      const reason = this.#keep.has(node.outputs[0] as string) ? 'it is to be kept' : convert();
      if (reason !== undefined) {
        this.#report.kept.push({ name: node.name, opType: node.opType, reason });
      }
    }
    for (const name of [...initializers.keys()]) {
      if (!this.#view.isUsed(name) && !spare.includes(name)) initializers.delete(name);
    }
    this.#view.commit();
    return { model: this.#model, report: this.#report };
  }

  /** Rewrites a product into integers; returns the reason where it stays. */
  #multiply(node: Node): string | undefined {
    const [input, weightName] = node.inputs as [string, string];
    const weight = this.#readWeight(weightName);
    if (typeof weight === 'string') return weight;
    if (this.#types.get(input).dtype !== 'float32' || this.#view.constant(input)) {
      return 'its first factor is no float32 activation';
    }
    if (weight.dims.length !== 2) return 'its weight is no matrix';
    if (attrInt(node, 'transA', 0) === 1) return 'its first factor is transposed';
    const bias = this.#readBias(node);
    if (bias === undefined) return 'its bias is computed and scaled';
    if (this.#isWidened(node)) return 'a constant of more dimensions is added to its result';
    this.#writeProduct(node, this.#matrix(node, weight), bias);
    return undefined;
  }

  /** The weight of a product in 8 bits, output channels last; one for all that read it alike. */
  #matrix(node: Node, weight: TensorData): Matrix {
    const transposed = attrInt(node, 'transB', 0) === 1;
    const key = `${transposed} ${weight.name}`;
    const known = this.#matrices.get(key);
    if (known) return known;
    const matrix = transposed ? permuteTensor(weight, [1, 0]) : weight;
    const quantized = quantizeWeight(floats(matrix), 1, this.#weights, MOST_IN_PRODUCT);
    this.#note(weight, quantized);
    const { scales, values, zeroPoints } = quantized;
    const add = (name: string, tensor: Omit<TensorData, 'name'>) =>
      this.#view.addConstant(`${weight.name}_${name}`, tensor);
    const added = {
      values: add('quantized', values),
      scales: add('scale', scales),
      zeroPoints: zeroPoints && add('zero_point', zeroPoints),
    };
    this.#matrices.set(key, added);
    return added;
  }

  #writeProduct(node: Node, matrix: Matrix, bias: string): void {
    const view = this.#view;
    const output = node.outputs[0] as string;
    const step = (opType: string, inputs: string[], name: string, to?: DType) => {
      const result = view.freshName(`${output}_${name}`);
      const attributes: [string, Attribute][] = to ? [['to', attr.int(DTYPE_CODES[to])]] : [];
      view.insertBefore(node, opType, inputs, [result], attributes);
      return result;
    };
    const [data, scale, zero] = this.#quantize(node.inputs[0] as string, node);
    const factors = [data, matrix.values, zero];
    if (matrix.zeroPoints !== undefined) factors.push(matrix.zeroPoints);
    const float = step('Cast', [step('MatMulInteger', factors, 'integer')], 'float', 'float32');
    this.#report.casts++;
    const scales = this.#scaledByAlpha(node, matrix.scales);
    const factor = step('Mul', [scale, scales], 'scale');
    if (bias === '') view.rewrite(node, 'Mul', [float, factor]);
    else view.rewrite(node, 'Add', [step('Mul', [float, factor], 'scaled'), bias]);
  }

  /** ONNX Runtime 1.30 takes a constant that is added for the bias of the product, and loses the dimensions that it gives. */
  #isWidened({ outputs: [output] }: Node): boolean {
    const rank = this.#types.get(output).shape?.length ?? 1;
    const isWider = (name: string) => (this.#view.constant(name)?.dims.length ?? 0) > rank;
    return this.#view
      .consumers(output as string)
      .some((reader) => isOp(reader, 'Add') && reader.inputs.some(isWider));
  }

  #scaledByAlpha(node: Node, scales: string): string {
    const alpha = isOp(node, 'Gemm') ? attrFloat(node, 'alpha', 1) : 1;
    return alpha === 1 ? scales : this.#scaledConstant(scales, alpha);
  }

  #scaledConstant(name: string, factor: number): string {
    const { dtype, dims, values } = floats(this.#view.constant(name) as TensorData);
    const scaled = encode({ dtype, dims, values: values.map((value) => value * factor) });
    return this.#view.addConstant(`${name}_scaled`, scaled as Omit<TensorData, 'name'>);
  }

  /** The bias with beta applied; '' for none, undefined where that is not possible. */
  #readBias(node: Node): string | undefined {
    const name = isOp(node, 'Gemm') ? node.inputs[2] : undefined;
    if (!name) return '';
    const beta = attrFloat(node, 'beta', 1);
    // Not read then, whatever it holds.
    if (beta === 0) return '';
    if (beta === 1) return name;
    return this.#view.constant(name) ? this.#scaledConstant(name, beta) : undefined;
  }

  /** An activation in 8 bits with its scale and zero point, made once however many products read it. */
  #quantize(name: string, place: Node): [string, string, string] {
    const known = this.#activations.get(name);
    if (known) return known;
    const outputs: [string, string, string] = [
      this.#view.freshName(`${name}_quantized`),
      this.#view.freshName(`${name}_scale`),
      this.#view.freshName(`${name}_zero_point`),
    ];
    this.#view.insertBefore(place, 'DynamicQuantizeLinear', [name], outputs);
    this.#activations.set(name, outputs);
    return outputs;
  }

  /** Lets a node read its weight through DequantizeLinear; returns the reason where it stays. */
  #store(node: Node): string | undefined {
    if (isOp(node, ...RECURRENT)) {
      const large = this.#readWeight(node.inputs[1] as string);
      return typeof large === 'string' ? large : 'recurrent weights are not quantised';
    }
    const where = isOp(node, ...Object.keys(STORED)) ? STORED[node.opType] : undefined;
    if (!where) return undefined;
    const name = node.inputs[where.input] as string;
    if (this.#types.get(name).dtype !== 'float32') return undefined;
    const weight = this.#readWeight(name);
    if (typeof weight === 'string') return weight;
    if (weight.dims.length < 2) return 'its weight has no channels';
    const own = weight.dims[1] === 1 && attrInt(node, 'group', 1) > 1;
    if (own && this.#depthwise === 'keep') return 'its filters are depthwise';
    const key = `${where.axis} ${name}`;
    const restored = this.#restored.get(key) ?? this.#restore(node, name, weight, where.axis);
    this.#restored.set(key, restored);
    this.#view.setInput(node, where.input, restored);
    return undefined;
  }

  #restore(place: Node, name: string, weight: TensorData, axis: number): string {
    const view = this.#view;
    const quantized = quantizeWeight(floats(weight), axis, this.#weights);
    this.#note(weight, quantized);
    const inputs = [
      view.addConstant(`${name}_quantized`, quantized.values),
      view.addConstant(`${name}_scale`, quantized.scales),
    ];
    if (quantized.zeroPoints) {
      inputs.push(view.addConstant(`${name}_zero_point`, quantized.zeroPoints));
    }
    const output = view.freshName(`${name}_restored`);
    view.insertBefore(place, 'DequantizeLinear', inputs, [output], [['axis', attr.int(axis)]]);
    return output;
  }

  #readWeight(name: string): TensorData | string {
    const weight = this.#view.constant(name);
    if (!weight) return 'its weight is not constant';
    if (weight.dtype !== 'float32') return 'its weight is not float32';
    const values = decode(weight)?.values;
    if (!values || values.length < this.#minElements || values.length === 0) {
      return `its weight has fewer than ${this.#minElements} elements`;
    }
    return values.every(Number.isFinite) ? weight : 'its weight is not finite';
  }

  #note(weight: TensorData, quantized: QuantizedWeight): void {
    const { values, scales, zeroPoints, maxAbsError, flushed } = quantized;
    const bytesAfter = values.raw.length + scales.raw.length + (zeroPoints?.raw.length ?? 0);
    const sizes = { elements: values.raw.length, bytesBefore: weight.raw.length, bytesAfter };
    this.#report.initializers.push({
      name: weight.name,
      ...sizes,
      maxAbsError,
      clamped: 0,
      flushed,
    });
  }
}
