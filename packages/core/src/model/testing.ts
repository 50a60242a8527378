import type { GraphRunner, NamedTensors } from '../run/runner.ts';
import { Session } from '../run/session.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { fakeCard } from '../testing/fake-card.ts';
import { Autoencoder } from './autoencoder.ts';
import { JOIN } from './between-halves.ts';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';

export const floats = (...values: number[]) => Float32Array.from(values);

export const LABELS = ['a', 'b', 'c'];

/** What a label adds, row by row: ten times its index, and of weights their mean. */
function added(values: Float32Array, feeds: NamedTensors): Float32Array {
  const y = feeds['y']?.data as Float32Array;
  return values.map(
    (value, row) => value + 10 * ((y[3 * row + 1] as number) + 2 * (y[3 * row + 2] as number)),
  );
}

/** Takes the memory of what a graph was fed away, as runners in workers do. */
function takeAway(feeds: NamedTensors): void {
  for (const { data } of Object.values(feeds)) {
    if (data.byteLength) structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
  }
}

/**
 * A conditional model of one pixel and one dimension: its encoder gives the pixel plus what the label adds, as
 * mean and as log-variance, its decoder the latent plus what the label adds, as mean and as logit.
 *
 * @param joined whether the device keeps embeddings, so that both graphs are one run
 */
export function conditional({ joined = false } = {}) {
  const card = fakeCard({ item: [1], latent: { kind: 'gaussian', size: 1 }, labels: LABELS });
  card.graphs.encoder.inputs.push({ name: 'y', dtype: 'float32', shape: ['batch', 3] });
  /** The names that each run was fed. */
  const runs: string[][] = [];
  const runner = (input: string, outputs: readonly string[]): GraphRunner => ({
    device: 'fake',
    inputs: [],
    outputs: [],
    async run(feeds, options) {
      runs.push(Object.keys(feeds));
      const made = added(feeds[input]?.data as Float32Array, feeds);
      if (options?.transfer) takeAway(feeds);
      return Object.fromEntries(outputs.map((name) => [name, tensor(made, [made.length, 1])]));
    },
    into(next, { output, input: z, offset }) {
      if (!joined) return undefined;
      const run: GraphRunner['run'] = async (feeds) => {
        const latent = (await this.run(feeds))[output] as Tensor<'float32'>;
        const move = feeds[offset]?.data as Float32Array | undefined;
        const moved = latent.data.map((value, i) => value + (move?.[i] ?? 0));
        return next.run({ ...feeds, [z]: tensor(moved, latent.dims) });
      };
      return { ...next, run };
    },
    dispose: async () => {},
  });
  const sessions = {
    encoder: new Session('encoder', runner('x', ['mean', 'log_var'])),
    decoder: new Session('decoder', runner('z', ['mean', 'logits'])),
  };
  const encoder = new Encoder<'gaussian'>(card, sessions.encoder, 'space');
  const decoder = new Decoder(card, sessions.decoder);
  const model = new Autoencoder(
    encoder,
    decoder,
    { name: 'fake', attempts: [] },
    { joined: encoder[JOIN](sessions.decoder) },
  );
  return { encoder, decoder, model, runs };
}
