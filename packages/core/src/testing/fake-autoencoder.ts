import { checkOptions } from '../errors/check.ts';
import type { GraphName } from '../latents/definition.ts';
import { loadAutoencoder } from '../load/load.ts';
import type { Platform } from '../load/platform.ts';
import type { Autoencoder } from '../model/autoencoder.ts';
import type { GraphRunner } from '../run/runner.ts';
import {
  type FakeCardOptions,
  type FakeLatent,
  fakeCard,
  GRAPH_BYTES,
  GRAPH_SHA256,
} from './fake-card.ts';
import { fakeGraph } from './fake-graphs.ts';

export interface FakeOptions<S extends FakeLatent = FakeLatent> extends FakeCardOptions<S> {
  /**
   * Called before each run of a graph with its name and the number of items. What it throws, the call
   * rejects with; a promise keeps the call waiting.
   */
  readonly onRun?: ((graph: GraphName, count: number) => void | Promise<void>) | undefined;
}

/**
 * A model for tests of programs that use one: it needs no files and no runtime, computes in microseconds
 * what can be foretold, and checks what it is given as any model does.
 *
 * An item is cut into `latent.size` stretches of about the same length. The encoder gives the mean of each
 * (with a log-variance of 0, or plus the noise ε of a draw made inside), and the decoder a picture of these
 * means, clipped to [0, 1]. Codes stand for evenly spaced values in [0, 1], and their prior is uniform.
 *
 * @throws ArgumentError, CardError for options that no card can have
 */
export function fakeAutoencoder<
  const S extends FakeLatent = Extract<FakeLatent, { kind: 'gaussian' }>,
>(options?: FakeOptions<S>): Promise<Autoencoder<S['kind']>>;
export async function fakeAutoencoder(options: FakeOptions = {}): Promise<Autoencoder> {
  checkOptions(options);
  const { onRun } = options;
  const card = fakeCard(options);
  const runnerOf = (name: GraphName): GraphRunner => {
    const compute = fakeGraph(card, name);
    return {
      device: 'fake',
      inputs: card.graphs[name]?.inputs ?? [],
      outputs: card.graphs[name]?.outputs ?? [],
      async run(feeds) {
        await onRun?.(name, Object.values(feeds)[0]?.dims[0] ?? 0);
        return compute(feeds);
      },
      dispose: async () => {},
    };
  };
  const platform: Platform = {
    sha256: async () => GRAPH_SHA256,
    open: async (graphs) => ({
      runners: Object.fromEntries(
        Object.keys(graphs).map((name) => [name, runnerOf(name as GraphName)]),
      ),
      attempts: [{ device: 'fake', ok: true, reason: 'opened' }],
    }),
  };
  return loadAutoencoder(platform, {
    description: 'a fake model',
    read: async (file) =>
      file === 'model.json' ? new TextEncoder().encode(JSON.stringify(card)) : GRAPH_BYTES,
  });
}
