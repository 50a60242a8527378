import { DeviceError, LatentkitError } from '@latentkit/core';
import { findAdapter } from './adapter.ts';
import { KeptSession } from './kept-session.ts';
import type { Gpu } from './session.ts';

/** The limits of WebGPU that ONNX Runtime's kernels raise above the defaults where the adapter can. */
const LIMITS = [
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

const FEATURES: readonly GPUFeatureName[] = ['shader-f16', 'subgroups'];

let current: Promise<Gpu> | undefined;

/**
 * The GPU device that this thread's models share; a new one after a loss. A device of our own,
 * rather than the one that ONNX Runtime would request, since ONNX Runtime keeps that for good, also
 * when it is lost.
 *
 * @throws LatentkitError `device-unavailable`
 */
export async function acquireGpu(): Promise<Gpu> {
  current ??= requestGpu();
  try {
    const gpu = await current;
    if (gpu.loss === undefined) return gpu;
    current = requestGpu();
    return await current;
  } catch (error) {
    current = undefined;
    throw error;
  }
}

async function requestGpu(): Promise<Gpu> {
  const adapter = await findAdapter();
  if (typeof adapter === 'string') throw new LatentkitError('device-unavailable', adapter);
  const device = await adapter.requestDevice({
    requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
  const gpu: Gpu = {
    device,
    loss: undefined,
    lost: device.lost.then(({ reason, message }) => {
      gpu.loss = [reason, message].filter(Boolean).join(': ') || 'unknown reason';
    }),
    next: acquireGpu,
    keep: (session, bytes, create) => new KeptSession({ session, gpu }, bytes, create),
    lossError: (cause) => lossError(gpu, cause),
  };
  return gpu;
}

function lossError({ loss }: Gpu, cause?: unknown): DeviceError {
  const refused = cause instanceof Error ? `; no other was given: ${cause.message}` : '';
  return new DeviceError('The GPU device that ran the model was lost.', [
    {
      device: 'webgpu',
      ok: false,
      reason: `device lost (${loss})${refused}`,
      remedy: "Call again (a new device is asked for), or load the model with device: 'wasm'.",
    },
  ]);
}
