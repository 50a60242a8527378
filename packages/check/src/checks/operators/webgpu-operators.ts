/**
 * Operators that the WebGPU execution provider of ONNX Runtime 1.30 runs itself. Others would be left to
 * the CPU, with a copy there and back.
 */
export const WEBGPU_OPERATORS: ReadonlySet<string> = new Set(
  `Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization Cast Ceil Clip
  Concat Constant ConstantOfShape Conv ConvTranspose Cos Cosh CumSum DepthToSpace DequantizeLinear Div Einsum Elu
  Equal Erf Exp Expand Flatten Floor Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalMaxPool
  Greater GreaterOrEqual GridSample HardSigmoid Identity If InstanceNormalization LayerNormalization LeakyRelu
  Less LessOrEqual Log LogSoftmax MatMul Max MaxPool Min Mul Neg Not Or Pad Pow Range Reciprocal ReduceL1 ReduceL2
  ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape
  Resize ScatterElements ScatterND Shape Sigmoid Sign Sin Sinh Slice Softmax Softplus SpaceToDepth Split Sqrt
  Squeeze Sub Tan Tanh ThresholdedRelu Tile Transpose Unsqueeze Where
  com.microsoft.Attention com.microsoft.BiasAdd com.microsoft.BiasGelu com.microsoft.BiasSplitGelu
  com.microsoft.FastGelu com.microsoft.FusedConv com.microsoft.FusedMatMul com.microsoft.Gelu
  com.microsoft.GroupQueryAttention com.microsoft.LayerNormalization com.microsoft.MatMulNBits
  com.microsoft.MultiHeadAttention com.microsoft.QuickGelu com.microsoft.RotaryEmbedding
  com.microsoft.SimplifiedLayerNormalization com.microsoft.SkipLayerNormalization
  com.microsoft.SkipSimplifiedLayerNormalization`.split(/\s+/),
);
