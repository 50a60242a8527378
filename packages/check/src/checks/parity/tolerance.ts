import { STANDARD_TOLERANCE } from '@latentkit/core/runtime';
import type { CheckDevice } from '../../devices/devices.ts';
import type { ModelUnderCheck } from '../../model/model-under-check.ts';

/** The largest error against golden outputs on a device, or in a precision. */
export async function toleranceOf(
  model: ModelUnderCheck,
  where: CheckDevice | 'fp16' | 'int8',
): Promise<number> {
  const key = where === 'cpu-plain' ? 'cpu' : where;
  const { tolerance } = await model.card();
  return model.settings.tolerance[key] ?? tolerance[key] ?? (STANDARD_TOLERANCE[key] as number);
}
