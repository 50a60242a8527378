import { type GraphName, LatentkitError } from '@latentkit/core';
import { RUNS_A_WORKER } from '@latentkit/core/runtime';
import { type LoadOptions, type OpenModel, openGraphs, type Source } from '@latentkit/node';
import { servedName } from '@latentkit/oip';
import type { BatchReport } from '../batching/batcher.ts';
import { Slots } from '../batching/slots.ts';
import type { BatchingOptions } from './model-config.ts';
import { ServedGraph } from './served-graph.ts';

export interface OpenedModels {
  readonly graphs: ReadonlyMap<string, ServedGraph>;
  /** The models' names, and the device of each. */
  readonly models: readonly { readonly name: string; readonly device: string }[];
  dispose(): Promise<void>;
}

/**
 * Opens models, all or none.
 *
 * @param sources by the names that they are served under
 */
export async function openModels(
  sources: ReadonlyMap<string, Source>,
  loading: LoadOptions,
  batching: BatchingOptions,
  onBatch: (name: string, batch: BatchReport) => void,
): Promise<OpenedModels> {
  const loaded = new Map<string, OpenModel>();
  const dispose = async () => {
    await Promise.all([...loaded.values()].map((model) => model.dispose()));
  };
  try {
    for (const [name, source] of sources) {
      loaded.set(
        name,
        await openGraphs(source, loading).catch((error) => {
          throw sources.size > 1 ? named(name, error) : error;
        }),
      );
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  const graphs = new Map<string, ServedGraph>();
  for (const [model, { card, runners, concurrency = 1 }] of loaded) {
    // One batch for each worker: one more in its mailbox would be closed before it is full.
    const slots = new Slots(Math.max(1, concurrency / RUNS_A_WORKER));
    for (const [graph, runner] of Object.entries(runners)) {
      const name = servedName(model, graph as GraphName);
      const { inputs, outputs } = card.graphs[graph as GraphName] ?? runner;
      const toServe = { name, card, inputs, outputs, runner, slots };
      graphs.set(name, new ServedGraph(toServe, batching, onBatch));
    }
  }
  const described = [...loaded].map(([name, { runners }]) => ({
    name,
    device: runners['encoder']?.device ?? 'none',
  }));
  return { graphs, models: described, dispose };
}

/** The same error, telling which of several models it is about: messages have the names of files, not of folders. */
function named(model: string, error: unknown): unknown {
  if (LatentkitError.isInstance(error)) error.message = `${model}: ${error.message}`;
  return error;
}
