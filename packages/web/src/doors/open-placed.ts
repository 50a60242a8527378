import { type Execution, LatentkitError } from '@latentkit/core';
import {
  type ClientPort,
  type GraphBytes,
  type OpenedGraphs,
  type OpenOptions,
  openRemote,
} from '@latentkit/core/runtime';
import { findAdapter } from '../gpu/adapter.ts';
import { mayNeedTest, openGraphs } from '../ort/open-graphs.ts';
import type { Placement } from '../ort/placement.ts';
import { startWorker } from '../worker/start-worker.ts';
import type { Door } from './door.ts';

export interface OpenPlacedOptions extends OpenOptions {
  readonly execution?: Execution | 'auto' | undefined;
  readonly worker?: (() => Worker) | undefined;
  /** The caller gives the graphs' bytes away. */
  readonly owned: boolean;
}

/** Opens graphs in the thread that the options ask for. */
export async function openPlaced(
  door: Door,
  graphs: GraphBytes,
  asked: Placement,
  { execution = 'inline', worker: make, owned, signal, selfTest }: OpenPlacedOptions,
): Promise<OpenedGraphs> {
  // Before anything opens: a worker cannot ask for them.
  const needed =
    selfTest?.everywhere ||
    (mayNeedTest(graphs, asked, door.builds) && typeof (await findAdapter()) === 'object');
  const placement = { ...asked, selfTest: needed ? await selfTest?.read() : undefined };
  if (execution === 'inline') return openGraphs(graphs, placement, door.builds, signal);
  let port: ClientPort;
  try {
    port = await startWorker(make ?? door.workerUrl, signal);
  } catch (error) {
    if (execution !== 'auto' || !isRefusal(error)) throw error;
    const reason = `passed over: ${error.message}`;
    const opened = await openGraphs(graphs, { ...placement, threads: 1 }, door.builds, signal);
    return { ...opened, attempts: [{ device: 'worker', ok: false, reason }, ...opened.attempts] };
  }
  return openRemote([port], graphs, { settings: placement, owned, signal });
}

function isRefusal(error: unknown): error is LatentkitError {
  return LatentkitError.isInstance(error) && error.code === 'device-unavailable';
}
