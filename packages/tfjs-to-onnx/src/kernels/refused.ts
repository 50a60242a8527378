import type { KernelTable, Lowering } from '../lower/call.ts';
import { Unsupported } from '../lower/unsupported.ts';

const random =
  'it draws random numbers, which a graph does not hold: pass the noise in as an input (for categories, argmax of logits plus Gumbel noise)';
const complex = 'ONNX runtimes have no complex numbers';
const strings = 'strings cannot be exported';
const sized =
  'the size of its result depends on the values of its inputs; keep a fixed size and a mask instead';
const ragged = 'ragged and sparse tensors have no counterpart in ONNX';
const pixels = 'it reads or writes a picture of the browser: pass the pixels in as a tensor';
const missing = 'ONNX has no such operator';

/** Why a kernel is not exported, and what to do instead. */
export const refusedReasons: Readonly<Record<string, string>> = {
  BroadcastArgs: sized,
  Complex: complex,
  ComplexAbs: complex,
  Dilation2D: missing,
  Dilation2DBackpropFilter: missing,
  Dilation2DBackpropInput: missing,
  Draw: pixels,
  FFT: complex,
  FromPixels: pixels,
  IFFT: complex,
  Imag: complex,
  MaxPoolWithArgmax: missing,
  Multinomial: random,
  NonMaxSuppressionV3: sized,
  NonMaxSuppressionV4: sized,
  NonMaxSuppressionV5: sized,
  RaggedGather: ragged,
  RaggedRange: ragged,
  RaggedTensorToTensor: ragged,
  Real: complex,
  RotateWithOffset: missing,
  SearchSorted: missing,
  SparseFillEmptyRows: ragged,
  SparseReshape: ragged,
  SparseSegmentMean: ragged,
  SparseSegmentSum: ragged,
  StaticRegexReplace: strings,
  StringNGrams: strings,
  StringSplit: strings,
  StringToHashBucketFast: strings,
  Transform: missing,
  Unique: sized,
};

const refuse =
  (reason: string): Lowering =>
  () => {
    throw new Unsupported(reason);
  };

/** Kernels that are known and not exported. */
export const refused: KernelTable = Object.fromEntries(
  Object.entries(refusedReasons).map(([kernel, reason]) => [kernel, refuse(reason)]),
);
