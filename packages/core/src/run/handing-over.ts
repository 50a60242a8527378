import { BufferStore } from './buffer-store.ts';
import { buffersOf, copyTensors, fillOutputs, tensorsOfThisRealm } from './named-tensors.ts';
import type { GraphRunner, GraphRunOptions, NamedTensors } from './runner.ts';

/** Memory, in bytes, that came back and waits for the next batches. */
const SPARE_BYTES = 64 * 2 ** 20;

/** A run on feeds whose memory goes where the graph runs, with `transfer`, and comes back with the outputs. */
export type RunElsewhere = (
  feeds: NamedTensors,
  options: Pick<GraphRunOptions, 'wanted' | 'pixels'>,
  transfer: ArrayBuffer[],
) => Promise<{ readonly outputs: NamedTensors; readonly returned: readonly ArrayBuffer[] }>;

/**
 * Makes the runs of graphs that run in another thread. Without `transfer` the caller keeps its arrays, and copies
 * are handed over; the memory that comes back serves the next runs of them all.
 */
export function handingOver(): (
  run: RunElsewhere,
) => Required<Pick<GraphRunner, 'run' | 'spareBuffer'>> {
  const spare = new BufferStore(SPARE_BYTES);
  return (run) => ({
    async run(feeds, { outputs: given, transfer, pixels, ...options } = {}) {
      const sent = transfer ? feeds : copyTensors(feeds, spare);
      const { wanted = given && Object.keys(given) } = options;
      const { outputs, returned } = await run(sent, { wanted, pixels }, buffersOf(sent));
      for (const buffer of returned) spare.keep(buffer);
      const results = tensorsOfThisRealm(outputs);
      return given ? fillOutputs(given, results) : results;
    },
    spareBuffer: (byteLength) => spare.take(byteLength),
  });
}
