import type { DeviceAttempt } from '@latentkit/core';
import type { GraphBytes } from '@latentkit/core/runtime';
import { findGpu } from '@latentkit/system';
import { type Device, missingSupport } from '../ort/devices.ts';
import { type AutoOptions, type Choice, type Surroundings, tested } from './choice.ts';

/** Looked at in this order, where the machine may have them. */
const ACCELERATORS = ['cuda', 'directml', 'coreml', 'webgpu'] as const;

/**
 * Chooses a device by measuring: a batch of 64 on the CPU and, if that takes 5 ms or more, on every
 * accelerator that can be opened. The choice is kept for this model and machine.
 */
export async function openOnFastest(graphs: GraphBytes, options: AutoOptions): Promise<Choice> {
  const around = await lookAround();
  if (around.present.length > 0) {
    // Loaded only where there is something to choose from.
    return (await import('./measured-device.ts')).openMeasured(graphs, around, options);
  }
  const cpu = { device: 'cpu', ok: true, reason: 'opened; there is no other device' };
  const attempts = [...around.passedOver, cpu];
  return tested({ runners: await options.open('cpu'), attempts }, options.test);
}

async function lookAround(): Promise<Surroundings> {
  const [{ any: gpu }, ...lacks] = await Promise.all([
    findGpu(),
    ...ACCELERATORS.map(missingSupport),
  ]);
  const present: Device[] = [];
  const passedOver: DeviceAttempt[] = [];
  for (const [index, device] of ACCELERATORS.entries()) {
    const missing = lacks[index];
    // What this platform cannot have is no news; what it could have and has not, is.
    if (missing?.includes('built without')) continue;
    if (missing === undefined && gpu) present.push(device);
    else {
      const reason = `passed over: ${missing ?? 'no GPU was found on this machine'}`;
      passedOver.push({ device, ok: false, reason });
    }
  }
  return { present, passedOver };
}
