/** What a buffer is for: GPUBufferUsage and GPUMapMode of WebGPU, which type libraries do not declare yet. */
export const GPU_USAGE = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, storage: 0x80 } as const;
export const MAP_FOR_READING = 0x1;
