import { createHash } from 'node:crypto';
import type { WholeCard } from './card/card.ts';
import { LatentkitError } from './errors/index.ts';
import type {
  GraphBytes,
  ModelSource,
  OpenedGraphs,
  OpenOptions,
  Platform,
} from './load/platform.ts';
import { trust } from './load/self-test.ts';
import type { GraphRunner, NamedTensors } from './run/runner.ts';
import { tensor } from './tensor.ts';
import { fakeCard as madeUpCard } from './testing/fake-card.ts';

/** Fixtures of core's own tests: a model whose graphs are functions, so that no runtime is needed. */

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const file = (name: string, bytes: Uint8Array) => ({
  file: name,
  bytes: bytes.length,
  sha256: sha256(bytes),
});

/** Each is one field of protobuf, which is all that core looks for in a graph's bytes. */
export const ENCODER_BYTES = Uint8Array.of(10, 1, 3);
export const DECODER_BYTES = Uint8Array.of(10, 2, 6, 7);

/** A card for items [2, 2, 1] and two latent dimensions. */
export function fakeCard(): WholeCard {
  const card = madeUpCard();
  const { encoder, decoder } = card.graphs;
  return {
    ...card,
    graphs: {
      encoder: { ...encoder, files: { fp32: file('encoder.onnx', ENCODER_BYTES) } },
      decoder: { ...decoder, files: { fp32: file('decoder.onnx', DECODER_BYTES) } },
    },
  };
}

const rows = (x: Float32Array, width: number, next: (row: Float32Array) => number[]) =>
  Float32Array.from(
    Array.from({ length: x.length / width }, (_, i) =>
      next(x.subarray(i * width, (i + 1) * width)),
    ).flat(),
  );

/** mean = (x0 + x1, x2 + x3), log_var = 0. */
export function fakeEncoder(overrides: Partial<GraphRunner> = {}): GraphRunner {
  const { inputs, outputs } = fakeCard().graphs.encoder;
  return {
    device: 'fake',
    inputs,
    outputs,
    async run(feeds: NamedTensors) {
      const x = feeds['x']?.data as Float32Array;
      const mean = rows(x, 4, ([a = 0, b = 0, c = 0, d = 0]) => [a + b, c + d]);
      return {
        mean: tensor(mean, [mean.length / 2, 2]),
        log_var: tensor(new Float32Array(mean.length), [mean.length / 2, 2]),
      };
    },
    dispose: async () => {},
    ...overrides,
  };
}

/** logits = (z0, z0, z1, z1), mean = their sigmoids. */
export function fakeDecoder(overrides: Partial<GraphRunner> = {}): GraphRunner {
  const { inputs, outputs } = fakeCard().graphs.decoder;
  return {
    device: 'fake',
    inputs,
    outputs,
    async run(feeds: NamedTensors) {
      const z = feeds['z']?.data as Float32Array;
      const logits = rows(z, 2, ([a = 0, b = 0]) => [a, a, b, b]);
      const dims = [logits.length / 4, 4];
      return {
        logits: tensor(logits, dims),
        mean: tensor(
          logits.map((l) => 1 / (1 + Math.exp(-l))),
          dims,
        ),
      };
    },
    dispose: async () => {},
    ...overrides,
  };
}

export function fakePlatform(
  overrides: Partial<Record<string, Partial<GraphRunner>>> = {},
): Platform {
  return {
    sha256: async (bytes) => sha256(bytes),
    async open(graphs: GraphBytes, { selfTest }: OpenOptions): Promise<OpenedGraphs> {
      const make: Record<string, () => GraphRunner> = {
        encoder: () => fakeEncoder(overrides['encoder']),
        decoder: () => fakeDecoder(overrides['decoder']),
      };
      const runners = Object.fromEntries(
        Object.keys(graphs).map((name) => [name, (make[name] as () => GraphRunner)()]),
      );
      const reason = `opened${await trust('cpu', runners, selfTest)}`;
      return { runners, attempts: [{ device: 'fake', ok: true, reason }] };
    },
  };
}

/** A model source over in-memory files. */
export function fakeSource(
  files: Record<string, Uint8Array | string> = {},
): ModelSource & { readonly reads: string[] } {
  const all: Record<string, Uint8Array | string> = {
    'model.json': JSON.stringify(fakeCard()),
    'encoder.onnx': ENCODER_BYTES,
    'decoder.onnx': DECODER_BYTES,
    ...files,
  };
  const reads: string[] = [];
  return {
    description: 'memory',
    reads,
    async read(name) {
      reads.push(name);
      const content = all[name];
      if (content === undefined) throw new LatentkitError('not-found', `memory has no ${name}.`);
      return typeof content === 'string' ? new TextEncoder().encode(content) : content;
    },
  };
}
