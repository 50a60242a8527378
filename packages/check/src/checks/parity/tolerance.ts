import { STANDARD_TOLERANCE } from '@latentkit/core/runtime';
import type { CheckDevice } from '../../devices/devices.ts';
import type { ModelUnderCheck } from '../../model/model-under-check.ts';

/** Devices whose tolerance is that of another. */
const SAME_AS: Readonly<Record<string, string>> = {
  'cpu-plain': 'cpu',
  chromium: 'wasm',
  'chromium-webgpu': 'webgpu',
};

/** The largest error against golden outputs on a device, or in a precision. */
export async function toleranceOf(
  model: ModelUnderCheck,
  where: CheckDevice | 'fp16' | 'int8',
): Promise<number> {
  const key = SAME_AS[where] ?? where;
  const { tolerance } = await model.card();
  return model.settings.tolerance[key] ?? tolerance[key] ?? (STANDARD_TOLERANCE[key] as number);
}
