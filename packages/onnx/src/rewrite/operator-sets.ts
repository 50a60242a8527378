/** Operators that compute each element of the result from one element of the first input. */
export const UNARY_ELEMENTWISE: readonly string[] =
  'Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Cast Ceil Celu Clip Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Log Mish Neg Not Reciprocal Relu Round Selu Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh ThresholdedRelu'.split(
    ' ',
  );

/** Operators that make one element of all those along some axes. */
export const REDUCTIONS: readonly string[] =
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare'.split(
    ' ',
  );

/** Element-wise operators whose inputs all broadcast to the shape of the result. */
export const BROADCASTING: readonly string[] =
  'Add And BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow Sub Sum Where Xor'.split(
    ' ',
  );
