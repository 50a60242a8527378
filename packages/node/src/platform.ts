import { availableParallelism } from 'node:os';
import type { AbortSignalLike, Execution } from '@latentkit/core';
import {
  checkDevices,
  disposeAll,
  type GraphBytes,
  type OpenedGraphs,
  type OpenOptions,
  openAll,
  openOnFirst,
  openRemote,
  type Platform,
  RUNS_A_WORKER,
  trust,
} from '@latentkit/core/runtime';
import { warnOnce } from '@latentkit/system';
import { switchTelemetryOff } from '@latentkit/system/ort';
import { openOnFastest } from './auto/auto-device.ts';
import { tryOut } from './auto/trial-run.ts';
import { type Picture, readImages } from './images/images.ts';
import { DEVICES, type Device, type DeviceOption, remedyFor } from './ort/devices.ts';
import { openRunner, type RunnerOptions } from './ort/ort-runner.ts';

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
export function nodePlatform(options: NodePlatformOptions): Platform<Picture> {
  const { execution, workers } = options;
  return {
    readPictures: readImages,
    sha256: async (bytes) => sha256(bytes),
    warn: (message) => warnOnce('LATENTKIT_WRONG_DEVICE', message, message),
    async open(graphs, opening): Promise<OpenedGraphs> {
      const opened = await openBySettings(graphs, options, opening);
      return execution === 'worker' ? { ...opened, concurrency: workers * RUNS_A_WORKER } : opened;
    },
  };
}

/** Not by an import, which would look at every export of the module, and load WebCrypto for one of them. */
function sha256(bytes: Uint8Array): string {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(bytes).digest('hex');
}

type Runners = OpenedGraphs['runners'];

async function openBySettings(
  graphs: GraphBytes,
  options: NodePlatformOptions,
  opening: OpenOptions,
): Promise<OpenedGraphs> {
  const device = checkDevices(options.device, DEVICES);
  if (device === 'auto') {
    return openOnFastest(graphs, {
      cacheDir: options.cacheDir,
      open: (name) => openWith(graphs, { device: name }, options, opening.signal),
      test: (name, runners) => trust(name, runners, opening.selfTest),
    });
  }
  const open = (name: Device) => openOn(name, graphs, options, opening);
  return openOnFirst(device, options.strict, open, remedyFor);
}

/**
 * Opens all graphs on one device and has them run once, since a driver may fail as late as then, and on golden
 * rows, since one may compute wrongly.
 */
async function openOn(
  device: Device,
  graphs: GraphBytes,
  options: NodePlatformOptions,
  { signal, selfTest }: OpenOptions,
): Promise<{ runners: Runners; reason: string }> {
  const open = async (wholly: boolean, opened: string) => {
    const runners = await openWith(graphs, { device, wholly }, options, signal);
    try {
      if (device !== 'cpu') await tryOut(runners, 1);
      return { runners, reason: `${opened}${await trust(device, runners, selfTest)}` };
    } catch (error) {
      await disposeAll(runners);
      throw error;
    }
  };
  if (device === 'cpu') return open(true, 'opened');
  try {
    return await open(true, `opened; ${device} runs every node`);
  } catch (error) {
    const partly = (error as Error).message.includes('assigned to the default CPU EP');
    if (options.strict || !partly) throw error;
    return open(false, 'opened; some nodes run on the CPU');
  }
}

/** Opens all graphs on one device: in this thread, or in threads of their own. */
async function openWith(
  graphs: GraphBytes,
  where: Pick<RunnerOptions, 'device' | 'wholly'>,
  { execution, workers, threads }: NodePlatformOptions,
  signal: AbortSignalLike | undefined,
): Promise<Runners> {
  if (execution === 'inline') {
    return openAll(graphs, { open: (bytes) => openRunner(bytes, { ...where, threads }), signal });
  }
  // A GPU gains nothing from a second thread, and WebGPU sessions must not run side by side.
  const size = where.device === 'cpu' ? workers : 1;
  // Threads that spin between operators take the core that the event loop runs on, and on a busy
  // machine slow down their own work (64,000 against 102,000 items a second on two shared cores).
  const settings = { ...where, ...poolThreads(size, threads), spinning: false };
  // The environment of a thread is a copy.
  await switchTelemetryOff();
  const { threadPort } = await import('./worker/thread-port.ts');
  const ports = Array.from({ length: size }, threadPort);
  return (await openRemote(ports, graphs, { settings, signal })).runners;
}

/** Several workers share the cores instead of each taking all of them. */
function poolThreads(workers: number, threads: number | undefined) {
  if (threads !== undefined || workers === 1) return { threads };
  return { threads: Math.max(1, Math.floor(availableParallelism() / workers)) };
}
