import { type ServerPort, serve } from '@latentkit/core/runtime';
import type { OrtBuilds } from '../ort/builds.ts';
import { openGraphs } from '../ort/open-graphs.ts';
import type { Placement } from '../ort/placement.ts';

/** The part of DedicatedWorkerGlobalScope in use; the `webworker` types exclude those of the DOM. */
const scope = globalThis as unknown as ServerPort & {
  readonly name: string;
  readonly navigator: { readonly locks?: LockManager };
};

/**
 * The worker of one model.
 *
 * ONNX Runtime's threads are workers of the same script. One with such a name belongs to ONNX Runtime,
 * whose script makes a thread of it as soon as it is there.
 */
export function runWorker(builds: OrtBuilds): void {
  if (scope.name.startsWith('em-pthread')) {
    void builds.wasm?.load();
    return;
  }
  serve(scope, (graphs, placement: Placement, signal) =>
    openGraphs(graphs, placement, builds, signal),
  );
  // Once, before anything else: the name of the lock that it holds, or ''.
  const say = (alive = '') => scope.postMessage({ alive }, []);
  const name = `latentkit-worker-${Math.random()}`;
  const held = scope.navigator.locks?.request(name, () => {
    say(name);
    // Held until this worker is gone.
    return new Promise(() => {});
  });
  // Where there are no locks, or none for this origin, the page learns that the script runs all the same.
  if (held) held.catch(() => say());
  else say();
}
