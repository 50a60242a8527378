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
import { openOnFastest } from './auto-device.ts';
import { checkDevice, type Device, type DeviceOption, remedyFor } from './devices.ts';
import { createRunner, type RunnerOptions } from './ort-runner.ts';
import { tryOut } from './trial-run.ts';
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
  readonly cacheDir: string;
}

/** Brings Node and onnxruntime-node under core's loading. */
export function nodePlatform(options: NodePlatformOptions): Platform {
  const { execution, workers } = options;
  return {
    sha256: async (bytes) => createHash('sha256').update(bytes).digest('hex'),
    async open(graphs, signal): Promise<OpenedGraphs> {
      const opened = await openBySettings(graphs, options, signal);
      return execution === 'worker' ? { ...opened, concurrency: workers * RUNS_A_WORKER } : opened;
    },
  };
}

/** One run for each thread, and one that waits in its mailbox, so that the thread is never idle between two. */
const RUNS_A_WORKER = 2;

type Runners = Record<string, GraphRunner>;

async function openBySettings(
  graphs: GraphBytes,
  options: NodePlatformOptions,
  signal: AbortSignalLike | undefined,
): Promise<OpenedGraphs> {
  const device = checkDevice(options.device);
  if (device === 'auto') {
    return openOnFastest(graphs, {
      cacheDir: options.cacheDir,
      open: (name) => openAll(graphs, { device: name }, options, signal),
    });
  }
  const { opened, attempts } = await openOnFirst(
    device,
    options.strict,
    (name) => openOn(name, graphs, options, signal),
    remedyFor,
  );
  const told = attempts.map((attempt) =>
    attempt.ok ? { ...attempt, reason: opened.reason } : attempt,
  );
  return { runners: opened.runners, attempts: told };
}

/** Opens all graphs on one device and has them run once, since a driver may fail as late as then. */
async function openOn(
  device: Device,
  graphs: GraphBytes,
  options: NodePlatformOptions,
  signal: AbortSignalLike | undefined,
): Promise<{ runners: Runners; reason: string }> {
  const open = async (wholly: boolean) => {
    const runners = await openAll(graphs, { device, wholly }, options, signal);
    try {
      await tryOut(runners, 1);
      return runners;
    } catch (error) {
      await release(runners);
      throw error;
    }
  };
  if (device === 'cpu') {
    return { runners: await openAll(graphs, { device }, options, signal), reason: 'opened' };
  }
  try {
    return { runners: await open(true), reason: `opened; ${device} runs every node` };
  } catch (error) {
    const partly = (error as Error).message.includes('assigned to the default CPU EP');
    if (options.strict || !partly) throw error;
    return { runners: await open(false), reason: 'opened; some nodes run on the CPU' };
  }
}

async function openAll(
  graphs: GraphBytes,
  where: Pick<RunnerOptions, 'device' | 'wholly'>,
  { execution, workers, threads }: NodePlatformOptions,
  signal: AbortSignalLike | undefined,
): Promise<Runners> {
  if (execution === 'worker') {
    // A GPU gains nothing from a second thread, and WebGPU sessions must not run side by side.
    const size = where.device === 'cpu' ? workers : 1;
    // Threads that spin between operators take the core that the event loop runs on, and on a busy
    // machine slow down their own work (64,000 against 102,000 items a second on two shared cores).
    const settings = { ...where, ...poolThreads(size, threads), spinning: false };
    return openPool(graphs, size, settings, signal);
  }
  const runners: Runners = {};
  try {
    for (const [name, bytes] of Object.entries(graphs)) {
      throwIfAborted(signal, 'Loading');
      runners[name] = await createRunner(bytes, { ...where, threads });
    }
    return runners;
  } catch (error) {
    await release(runners);
    throw error;
  }
}

async function release(runners: Runners): Promise<void> {
  await Promise.all(Object.values(runners).map((runner) => runner.dispose()));
}

/** Several workers share the cores instead of each taking all of them. */
function poolThreads(workers: number, threads: number | undefined) {
  if (threads !== undefined || workers === 1) return { threads };
  return { threads: Math.max(1, Math.floor(availableParallelism() / workers)) };
}
