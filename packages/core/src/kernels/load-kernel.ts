/** The part of the standard global that is needed: not every set of type libraries declares it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

/** What a kernel has beside its function: the memory that this works on. */
export interface KernelMemory {
  /** Growing it, by pages of 64 KiB, detaches views of what it was. */
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
}

/**
 * Makes a module of WebAssembly out of its bytes.
 *
 * @param hex the bytes, as hexadecimal digits
 * @returns undefined where WebAssembly is not allowed (a content security policy without 'wasm-unsafe-eval'), or
 *   has no SIMD
 */
export function loadKernel<Exports>(hex: string): (Exports & KernelMemory) | undefined {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Exports &
      KernelMemory;
  } catch {
    return undefined;
  }
}
