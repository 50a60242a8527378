import { attrInt, attrString } from '../attributes.ts';
import { type DType, dtypeFromCode } from '../dtype.ts';
import type { Node } from '../ir.ts';
import { isOp, isStandard } from '../rewrite/is-op.ts';
import { findSchema, type OperatorSchema, type Parameter } from '../schema/find-schema.ts';
import { subgraphs } from '../walk.ts';

/** Which float32 inputs and outputs of a node can be half precision instead. */
export interface HalfSupport {
  input(index: number): boolean;
  output(index: number): boolean;
}

/** Operators whose result's type an attribute says. */
const TYPED_BY_ATTRIBUTE = [
  'Bernoulli',
  'BlackmanWindow',
  'EyeLike',
  'HammingWindow',
  'HannWindow',
  'MelWeightMatrix',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
];

/** What the operator set allows for a node, or the reason why the node must stay as it is. */
export function halfSupport(node: Node, opset: number): HalfSupport | string {
  if (!isStandard(node)) return `the domain ${node.domain} is not known`;
  if (subgraphs(node).length > 0) return 'it has a body';
  if (TYPED_BY_ATTRIBUTE.includes(node.opType) || attrInt(node, 'output_dtype', 0) !== 0) {
    return 'an attribute says its type';
  }
  if (node.opType === 'BitCast') return 'it takes bits for those of another type';
  const schema = findSchema('', node.opType, opset);
  if (!schema) return `opset ${opset} does not have it`;
  if (node.opType === 'Cast') {
    const toFloat = dtypeFromCode(attrInt(node, 'to', 0)) === ('float32' satisfies DType);
    return { input: () => true, output: () => toFloat };
  }
  const allows = (parameters: readonly Parameter[]) => (index: number) =>
    allowsHalf(schema, parameters[Math.min(index, parameters.length - 1)]);
  const support = { input: allows(schema.inputs), output: allows(schema.outputs) };
  const some = [...schema.inputs, ...schema.outputs].some((parameter) =>
    allowsHalf(schema, parameter),
  );
  return some ? support : 'it has no form in half precision';
}

/**
 * Whether the CPU of ONNX Runtime 1.30 refuses a node in half, where it casts around all others that it has no kernel
 * for. ScatterElements and ScatterND have a kernel, which fails as it runs where it reduces; of
 * MeanVarianceNormalization and AffineGrid it opens the definition, and fails on what stands there.
 */
export function failsInHalf(node: Node): boolean {
  if (isOp(node, 'AffineGrid', 'MeanVarianceNormalization')) return true;
  return (
    isOp(node, 'ScatterElements', 'ScatterND') && attrString(node, 'reduction', 'none') !== 'none'
  );
}

function allowsHalf(schema: OperatorSchema, parameter: Parameter | undefined): boolean {
  const types = parameter && schema.typeParameters.get(parameter.type);
  return types?.has('float') === true && types.has('float16');
}
