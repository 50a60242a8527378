import { activationCases } from '../kernels/activations.cases.ts';
import { binaryCases } from '../kernels/binary.cases.ts';
import { convCases } from '../kernels/conv.cases.ts';
import { indexingCases } from '../kernels/indexing.cases.ts';
import { matmulCases } from '../kernels/matmul.cases.ts';
import { normalizationCases } from '../kernels/normalization.cases.ts';
import { poolCases } from '../kernels/pool.cases.ts';
import { reductionCases } from '../kernels/reduction.cases.ts';
import { resizeCases } from '../kernels/resize.cases.ts';
import { scanCases } from '../kernels/scan.cases.ts';
import { shapeCases } from '../kernels/shape.cases.ts';
import { unaryCases } from '../kernels/unary.cases.ts';
import type { KernelCase } from '../testing/kernel-case.ts';

/** The tested cases of every family, by the name of its file. */
export const kernelFamilies: Readonly<Record<string, readonly KernelCase[]>> = {
  activations: activationCases,
  binary: binaryCases,
  conv: convCases,
  indexing: indexingCases,
  matmul: matmulCases,
  normalization: normalizationCases,
  pool: poolCases,
  reduction: reductionCases,
  resize: resizeCases,
  scan: scanCases,
  shape: shapeCases,
  unary: unaryCases,
};
