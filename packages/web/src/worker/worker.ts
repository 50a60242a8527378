import { serve } from '@latentkit/core';
import { openGraphs } from '../ort/open-graphs.ts';
import type { Alive } from './worker-port.ts';

/** The part of DedicatedWorkerGlobalScope in use; the `webworker` types exclude those of the DOM. */
const scope = globalThis as unknown as {
  readonly name: string;
  readonly navigator: { readonly locks?: LockManager };
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  close(): void;
};

/**
 * ONNX Runtime's threads are workers of the script that holds ONNX Runtime, which a bundler may have
 * made this very one. A worker with such a name is a thread: it belongs to ONNX Runtime.
 */
if (scope.name.startsWith('em-pthread')) {
  // Not awaited: a classic worker allows no await here, and the code is in this script already.
  void import('onnxruntime-web/wasm');
} else {
  const post = (message: unknown, transfer: ArrayBuffer[]) => scope.postMessage(message, transfer);
  const onMessage = (listener: (message: unknown) => void) => {
    scope.onmessage = ({ data }) => listener(data);
  };
  serve({ post, onMessage, end: () => scope.close() }, openGraphs);
  const alive = `latentkit-worker-${Math.random()}`;
  // Held until this worker is gone.
  void scope.navigator.locks?.request(alive, () => {
    post({ alive } satisfies Alive, []);
    return new Promise(() => {});
  });
}
