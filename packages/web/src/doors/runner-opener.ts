import type { GraphRunner } from '@latentkit/core';
import { createRunner, type RunnerOptions } from '../ort/create-runner.ts';
import type { WebDevice } from '../ort/placement.ts';
import type { Door } from './door.ts';

/**
 * Opens one ONNX graph, whatever it computes, in this thread.
 *
 * @param bytes the model; not needed any more once the promise is fulfilled
 * @throws ArgumentError; LatentkitError `invalid-data` for bytes that are no model, `device-unavailable` if the device
 *   cannot run the graph, `runtime` if ONNX Runtime refuses it
 */
export type RunnerOpener<D extends WebDevice> = (
  bytes: Uint8Array,
  options?: RunnerOptions<D>,
) => Promise<GraphRunner>;

export function runnerOpener<D extends WebDevice>(door: Door): RunnerOpener<D> {
  return (bytes, options = {}) => createRunner(door.builds, door, bytes, options);
}
