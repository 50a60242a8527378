import type { GraphRunner } from '@latentkit/core';
import { createRunner } from '@latentkit/node';

/**
 * Opens the graphs of a compiled engine in Node.
 *
 * @param threads as many as ONNX Runtime chooses by default; who leaves cores to others has idle threads sleep at once
 */
export function openCompiled(threads?: number): (bytes: Uint8Array) => Promise<GraphRunner> {
  // Between steps the optimiser and the next batch have the caches.
  const spinning = threads === undefined ? 'in-runs' : false;
  return (bytes) => createRunner(bytes, { threads, spinning, memoryPattern: false });
}
