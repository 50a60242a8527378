import type { AbortSignalLike, GraphRunner } from '@latentkit/core';
import { disposeAll, type GraphBytes, throwIfAborted } from '@latentkit/core/runtime';
import { openRunner, type RunnerOptions } from './ort-runner.ts';

/** Opens several graphs in this thread, all or none. */
export async function openAll(
  graphs: GraphBytes,
  options: RunnerOptions,
  signal: AbortSignalLike | undefined,
): Promise<Record<string, GraphRunner>> {
  const runners: Record<string, GraphRunner> = {};
  try {
    for (const [name, bytes] of Object.entries(graphs)) {
      throwIfAborted(signal, 'Loading');
      runners[name] = await openRunner(bytes, options);
    }
    return runners;
  } catch (error) {
    await disposeAll(runners);
    throw error;
  }
}
