import type { KernelTable, Lowering } from '../lower/call.ts';
import { activations } from './activations.ts';
import { binary } from './binary.ts';
import { conv } from './conv.ts';
import { indexing } from './indexing.ts';
import { matmul } from './matmul.ts';
import { normalization } from './normalization.ts';
import { pool } from './pool.ts';
import { recurrence } from './recurrent.ts';
import { reduction } from './reduction.ts';
import { refused } from './refused.ts';
import { resizing } from './resize.ts';
import { scan } from './scan.ts';
import { shape } from './shape.ts';
import { unary } from './unary.ts';

/** Every family of kernels. A new file is registered by adding its table here. */
const families: readonly KernelTable[] = [
  activations,
  binary,
  conv,
  indexing,
  matmul,
  normalization,
  pool,
  recurrence,
  reduction,
  refused,
  resizing,
  scan,
  shape,
  unary,
];

/** The lowering of every kernel that can be exported, by the kernel's name. */
export const kernelTable: ReadonlyMap<string, Lowering> = new Map(
  families.flatMap((family) => Object.entries(family)),
);

/** Kernels that are refused with a reason. */
export const refusedKernels: ReadonlySet<string> = new Set(Object.keys(refused));
