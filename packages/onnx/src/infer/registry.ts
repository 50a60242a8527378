import type { Inference } from './op/op.ts';
import { controlFlow } from './ops/control-flow.ts';
import { convolution } from './ops/convolution.ts';
import { elementwise } from './ops/elementwise.ts';
import { generation } from './ops/generation.ts';
import { indexing } from './ops/indexing.ts';
import { matrix } from './ops/matrix.ts';
import { normalization } from './ops/normalization.ts';
import { quantization } from './ops/quantization.ts';
import { recurrence } from './ops/recurrent.ts';
import { reduction } from './ops/reduction.ts';
import { reshaping } from './ops/reshape.ts';
import { resizing } from './ops/resize.ts';

const families = [
  elementwise,
  matrix,
  convolution,
  normalization,
  reduction,
  reshaping,
  resizing,
  indexing,
  generation,
  quantization,
  recurrence,
  controlFlow,
];

const inferences = new Map(families.flatMap((family) => Object.entries(family)));

/** How the outputs of one of ONNX's own operators follow from its inputs; undefined where that is not known here. */
export function findInference(domain: string, opType: string): Inference | undefined {
  return domain === '' ? inferences.get(opType) : undefined;
}
