import { type DeviceAttempt, DeviceError, loadAutoencoder } from '@latentkit/node';
import type { QuestionOf } from '../report/questions.ts';

/** Whether a device takes every node of a model, and the library's own reason. */
export async function open({
  device,
  model,
}: QuestionOf<'open'>): Promise<readonly DeviceAttempt[]> {
  try {
    await using vae = await loadAutoencoder(model, { device, strict: true });
    return vae.device.attempts;
  } catch (error) {
    if (DeviceError.isInstance(error)) return error.attempts;
    throw error;
  }
}
