import type { KernelCall, KernelTable, Lowering } from './call.ts';
import { cast } from './shapes.ts';
import { Unsupported } from './unsupported.ts';
import type { Value } from './value.ts';

/**
 * Lowerings of kernels that compute with bools as with 0 and 1, which ONNX's operators do not: they are computed in int32,
 * and what tfjs calls a bool is made one again.
 *
 * @param beyond kernels that give other numbers than 0 and 1 which tfjs calls bools all the same: they are refused
 */
export function onNumbers(table: KernelTable, beyond: readonly string[] = []): KernelTable {
  return Object.fromEntries(
    Object.entries(table).map(([kernel, lowering]) => [
      kernel,
      ofBools(lowering, beyond.includes(kernel)),
    ]),
  );
}

const ofBools =
  (lowering: Lowering, isBeyond: boolean): Lowering =>
  (call, g) => {
    if (!call.hasBools) return lowering(call, g);
    if (isBeyond && call.dtype === 'bool') {
      throw new Unsupported(
        'of bools tfjs gives other numbers than 0 and 1 and calls them bools: cast to int32 before it',
      );
    }
    const result = lowering(
      call.mapped((value) => (value.dtype === 'bool' ? cast(g, value, 'int32') : value)),
      g,
    );
    const results: readonly Value[] = Array.isArray(result) ? result : [result as Value];
    return results.map((value, i) => {
      const { dtype } = call.outputs[i] as KernelCall;
      return dtype === 'bool' ? cast(g, value, 'bool') : value;
    });
  };
