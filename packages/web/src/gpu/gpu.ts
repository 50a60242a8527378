import { DeviceError, LatentkitError } from '@latentkit/core';

/** A GPU device, and its end if it came to one. */
export interface Gpu {
  readonly device: GPUDevice;
  /** Why the device was lost; undefined while it works. */
  loss: string | undefined;
  /** Resolves when the device is lost. */
  readonly lost: Promise<unknown>;
}

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

/**
 * Finds a GPU adapter.
 *
 * @returns the adapter, or, in words, why there is none
 */
export async function findAdapter(): Promise<GPUAdapter | string> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (!gpu) {
    return globalThis.isSecureContext === false
      ? 'the page is not a secure context, so the browser offers no WebGPU'
      : 'this browser offers no WebGPU';
  }
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    return adapter ?? 'the browser found no GPU adapter';
  } catch (error) {
    return `the browser refused a GPU adapter: ${(error as Error).message}`;
  }
}

/** True for an adapter that imitates a GPU on the processor. */
export function isSoftware(adapter: GPUAdapter): boolean {
  return (
    adapter.info?.isFallbackAdapter ??
    (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter ??
    false
  );
}

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
  };
  return gpu;
}

/**
 * The error of a call whose GPU device was lost.
 *
 * @param cause why no other was given
 */
export function lossError({ loss }: Gpu, cause?: unknown): DeviceError {
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
