import { attrInt } from '../../attributes.ts';
import { type DType, dtypeFromCode } from '../../dtype.ts';
import { broadcast } from '../op/dims.ts';
import { type Family, type Inference, type Op, tensor } from '../op/op.ts';

/** The first input's type, whatever it is. */
export const sameType: Inference = (op) => [op.type(0)];

/** The first input's shape with another dtype. */
function sameShape(dtype: DType | ((op: Op) => DType | undefined)): Inference {
  return (op) => [tensor(typeof dtype === 'string' ? dtype : dtype(op), op.shape(0))];
}

/** All inputs broadcast together. `dtype` is that of the input with this number, or one given. */
function broadcasting(dtype: number | DType): Inference {
  return (op) => {
    const type = typeof dtype === 'number' ? op.dtype(dtype) : dtype;
    // Before operator set 7 the second input was stretched to the first, by attributes.
    const shape =
      op.opset < 7 && op.node.inputs.length === 2
        ? op.shape(0)
        : broadcast(op.node.inputs.map((_, i) => op.shape(i)));
    return [tensor(type, shape)];
  };
}

/** The dtype that an attribute names by its number. */
export function attrDType(op: Op, name: string): DType | undefined {
  const code = attrInt(op.node, name);
  return code === undefined ? undefined : dtypeFromCode(code);
}

const likeOrAttribute = sameShape((op) => attrDType(op, 'dtype') ?? op.dtype(0));

const dropout: Inference = (op) => [
  op.type(0),
  tensor(op.opset < 10 ? op.dtype(0) : 'bool', op.shape(0)),
];

const UNARY =
  'Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Celu Clip Cos Cosh CumProd CumSum Elu Erf Exp Floor Gelu HardSigmoid HardSwish Hardmax Identity LRN LeakyRelu Log LogSoftmax LpNormalization MeanVarianceNormalization Mish Neg Not Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu Trilu ReverseSequence PRelu'.split(
    ' ',
  );
const ARITHMETIC =
  'Add Sub Mul Div Pow Mod And Or Xor BitShift BitwiseAnd BitwiseOr BitwiseXor Max Min Sum Mean'.split(
    ' ',
  );
const COMPARISON = 'Equal Greater GreaterOrEqual Less LessOrEqual'.split(' ');

/** Operators that work element by element, with NumPy's broadcasting where they take several inputs. */
export const elementwise: Family = {
  ...Object.fromEntries(UNARY.map((name) => [name, sameType])),
  ...Object.fromEntries(ARITHMETIC.map((name) => [name, broadcasting(0)])),
  ...Object.fromEntries(COMPARISON.map((name) => [name, broadcasting('bool')])),
  And: broadcasting('bool'),
  Or: broadcasting('bool'),
  Xor: broadcasting('bool'),
  Where: broadcasting(1),
  IsNaN: sameShape('bool'),
  IsInf: sameShape('bool'),
  Cast: sameShape((op) => attrDType(op, 'to')),
  CastLike: sameShape((op) => op.dtype(1)),
  BitCast: sameShape((op) => attrDType(op, 'to')),
  Dropout: dropout,
  Bernoulli: likeOrAttribute,
  EyeLike: likeOrAttribute,
  RandomNormalLike: likeOrAttribute,
  RandomUniformLike: likeOrAttribute,
};
