import type { KernelTable, Lowering } from '../lower/call.ts';
import { activations } from './activations.ts';
import { binary } from './binary.ts';
import { matmul } from './matmul.ts';
import { reduction } from './reduction.ts';
import { shape } from './shape.ts';
import { unary } from './unary.ts';

/** Every family of kernels. A new file is registered by adding its table here. */
const families: readonly KernelTable[] = [activations, binary, matmul, reduction, shape, unary];

/** The lowering of every kernel that can be exported, by the kernel's name. */
export const kernelTable: ReadonlyMap<string, Lowering> = new Map(
  families.flatMap((family) => Object.entries(family)),
);
