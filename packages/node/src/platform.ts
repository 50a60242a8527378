import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import {
  type AbortSignalLike,
  type GraphBytes,
  type GraphRunner,
  type OpenedGraphs,
  openOnFirst,
  type Platform,
  throwIfAborted,
} from '@latentkit/core';
import { candidateDevices, type DeviceOption, remedyFor } from './devices.ts';
import { createRunner } from './ort-runner.ts';
import { openPool } from './worker-pool.ts';

/** Where runs happen: on the calling thread, or on threads of their own. */
export type Execution = 'inline' | 'worker';

export interface NodePlatformOptions {
  readonly device: DeviceOption;
  readonly strict: boolean;
  readonly execution: Execution;
  /** Threads of the pool. */
  readonly workers: number;
  /** Threads within one operator. */
  readonly threads: number | undefined;
}

/** Brings Node and onnxruntime-node under core's loading. */
export function nodePlatform(options: NodePlatformOptions): Platform {
  const { device, strict, execution, workers } = options;
  return {
    sha256: async (bytes) => createHash('sha256').update(bytes).digest('hex'),
    async open(graphs, signal): Promise<OpenedGraphs> {
      const { opened, attempts } = await openOnFirst(
        candidateDevices(device),
        strict,
        (name) => openAll(graphs, name, options, signal),
        remedyFor,
      );
      return {
        runners: opened,
        attempts,
        ...(execution === 'worker' ? { concurrency: workers * RUNS_A_WORKER } : {}),
      };
    },
  };
}

/** One run for each thread, and one that waits in its mailbox, so that the thread is never idle between two. */
const RUNS_A_WORKER = 2;

async function openAll(
  graphs: GraphBytes,
  device: string,
  { execution, workers, threads }: NodePlatformOptions,
  signal: AbortSignalLike | undefined,
): Promise<Record<string, GraphRunner>> {
  if (execution === 'worker') {
    return openPool(graphs, workers, { device, ...poolThreads(workers, threads) }, signal);
  }
  const runners: Record<string, GraphRunner> = {};
  try {
    for (const [name, bytes] of Object.entries(graphs)) {
      throwIfAborted(signal, 'Loading');
      runners[name] = await createRunner(bytes, { device, threads });
    }
    return runners;
  } catch (error) {
    await Promise.all(Object.values(runners).map((runner) => runner.dispose()));
    throw error;
  }
}

/** Several workers share the cores instead of each taking all of them. */
function poolThreads(workers: number, threads: number | undefined) {
  if (threads !== undefined || workers === 1) return { threads };
  return { threads: Math.max(1, Math.floor(availableParallelism() / workers)) };
}
