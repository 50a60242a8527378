/** The part of the standard global that is needed: not every set of type libraries declares it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

/** What a kernel has beside its function: the memory that this works on. */
export interface KernelMemory {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
}

/** Bytes of a page of WebAssembly's memory. */
const PAGE = 2 ** 16;

/**
 * Makes a module of WebAssembly out of its bytes.
 *
 * @param hex the bytes, as hexadecimal digits
 * @param room bytes that its memory is grown by
 * @returns undefined where WebAssembly is not allowed (a content security policy without 'wasm-unsafe-eval'), has no
 *   SIMD, or gives no such memory
 */
export function loadKernel<Exports>(hex: string, room = 0): (Exports & KernelMemory) | undefined {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  try {
    const module = new WebAssembly.Module(bytes);
    const kernel = new WebAssembly.Instance(module).exports as Exports & KernelMemory;
    kernel.memory.grow(Math.ceil(room / PAGE));
    return kernel;
  } catch {
    return undefined;
  }
}
