import type { CheckDevice } from '../../devices/devices.ts';
import type { ModelUnderCheck } from '../../model/model-under-check.ts';

/** Where neither the settings nor the card say. fp16 has 11 bits; int8 is judged by what it finds as well. */
const STANDARD: Readonly<Record<string, number>> = {
  cpu: 1e-4,
  wasm: 1e-4,
  webgpu: 1e-3,
  fp16: 5e-2,
  int8: 2e-1,
};

/** Share of indices that may be others on a device: where two entries are as near, rounding decides. */
export const OTHER_INDICES: Readonly<Record<string, number>> = { fp16: 0.1, int8: 0.2 };

/** The largest error against golden outputs on a device, or in a precision. */
export async function toleranceOf(
  model: ModelUnderCheck,
  where: CheckDevice | 'fp16' | 'int8',
): Promise<number> {
  const key = where === 'cpu-plain' ? 'cpu' : where;
  const { tolerance } = await model.card();
  return model.settings.tolerance[key] ?? tolerance[key] ?? (STANDARD[key] as number);
}
