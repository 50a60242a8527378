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
