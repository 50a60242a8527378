import { wasmModule } from '@latentkit/system/wasm';
import { type ScanKernel, scan } from './scan-kernel.ts';
import { type SiftKernel, sift } from './sift-kernel.ts';

export type SearchKernel = ScanKernel & SiftKernel;

let compiled: WebAssembly.Module | undefined;

/** The kernel before it has a memory, which is a shared one. */
export function searchModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(
    wasmModule([scan('dot'), scan('distance'), sift('sift'), sift('siftScaled')], { shared: true }),
  );
  return compiled;
}

/** The kernel over a memory. */
export function searchKernel(memory: WebAssembly.Memory): SearchKernel {
  const { exports } = new WebAssembly.Instance(searchModule(), { env: { memory } });
  return exports as unknown as SearchKernel;
}
