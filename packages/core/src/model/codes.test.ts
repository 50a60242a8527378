import { describe, expect, test } from '@jest/globals';
import type { GraphName, ModelCard } from '../card/card.ts';
import { validateCard } from '../card/parse-card.ts';
import { loadAutoencoder, loadDecoder, loadEncoder } from '../load/load.ts';
import type { Platform } from '../load/platform.ts';
import { createRandom } from '../random.ts';
import type { GraphRunner, NamedTensors } from '../run/runner.ts';
import { tensor } from '../tensor.ts';
import { DECODER_BYTES, ENCODER_BYTES, fakeCard, fakePlatform, fakeSource } from '../testing.ts';
import { categorical } from './code-prior.ts';

/** Items [2, 2, 1] as a 1 × 2 grid over three codes of two dimensions: each row of pixels is one vector. */
const ENTRIES = [
  [0, 0],
  [1, 0],
  [1, 1],
] as const;

function codesCard(): ModelCard {
  const base = fakeCard();
  const info = (name: string, dtype: 'float32' | 'int32', ...shape: number[]) => ({
    name,
    dtype,
    shape: ['batch', ...shape],
  });
  const encoderFile = base.graphs.encoder.files;
  const decoderFile = base.graphs.decoder.files;
  return {
    ...base,
    family: 'vq-vae',
    likelihood: { kind: 'gaussian', sigma: 1 },
    latent: { kind: 'codes', size: 4, grid: [1, 2], codes: 3, dim: 2 },
    graphs: {
      encoder: {
        inputs: [info('x', 'float32', 4)],
        outputs: [info('indices', 'int32', 1, 2), info('z_e', 'float32', 1, 2, 2)],
        files: encoderFile,
      },
      decoder: {
        inputs: [info('z_q', 'float32', 1, 2, 2)],
        outputs: [info('mean', 'float32', 4)],
        files: decoderFile,
      },
      codebook: {
        inputs: [info('indices', 'int32', 1, 2)],
        outputs: [info('z_q', 'float32', 1, 2, 2)],
        files: decoderFile,
      },
      prior: {
        inputs: [info('indices', 'int32', 1, 2)],
        outputs: [info('logits', 'float32', 1, 2, 3)],
        files: encoderFile,
      },
    },
  };
}

function codesPlatform(): Platform {
  const card = codesCard();
  const runner = (name: GraphName, run: (feeds: NamedTensors) => NamedTensors): GraphRunner => ({
    device: 'fake',
    inputs: card.graphs[name]?.inputs ?? [],
    outputs: card.graphs[name]?.outputs ?? [],
    run: async (feeds) => run(feeds),
    dispose: async () => {},
  });
  const int32 = (data: Int32Array, dims: number[]) => ({ data, dims, dtype: 'int32' }) as const;
  const runners: Record<string, GraphRunner> = {
    encoder: runner('encoder', ({ x }) => {
      const data = x?.data as Float32Array;
      const indices = Int32Array.from({ length: data.length / 2 }, (_, cell) =>
        ENTRIES.findIndex(([a, b]) => a === data[2 * cell] && b === data[2 * cell + 1]),
      );
      return {
        indices: int32(indices, [data.length / 4, 1, 2]),
        z_e: tensor(data, [data.length / 4, 1, 2, 2]),
      };
    }),
    decoder: runner('decoder', ({ z_q }) => {
      const data = z_q?.data as Float32Array;
      return { mean: tensor(data, [data.length / 4, 4]) };
    }),
    codebook: runner('codebook', ({ indices }) => {
      const data = Float32Array.from(
        Array.from(indices?.data as Int32Array).flatMap((code) => ENTRIES[code] ?? []),
      );
      return { z_q: tensor(data, [data.length / 4, 1, 2, 2]) };
    }),
    // The first cell is code 1; the second repeats the first plus one.
    prior: runner('prior', ({ indices }) => {
      const data = indices?.data as Int32Array;
      const logits = [...data].flatMap((_, cell) => {
        const likely = cell % 2 === 0 ? 1 : (data[cell - 1] as number) + 1;
        return [0, 1, 2].map((code) => (code === likely ? 50 : 0));
      });
      return { logits: tensor(Float32Array.from(logits), [data.length / 2, 1, 2, 3]) };
    }),
  };
  return {
    ...fakePlatform(),
    open: async (graphs) => ({
      runners: Object.fromEntries(
        Object.keys(graphs).map((name) => [name, runners[name] as GraphRunner]),
      ),
      attempts: [],
    }),
  };
}

const source = () =>
  fakeSource({
    'model.json': JSON.stringify(codesCard()),
    'encoder.onnx': ENCODER_BYTES,
    'decoder.onnx': DECODER_BYTES,
  });
const item = Float32Array.of(1, 0, 1, 1);

describe('a model whose latent is a grid of codes', () => {
  test('encodes to indices and embeds to the vectors before quantisation', async () => {
    const encoder = await loadEncoder(codesPlatform(), source(), { latent: 'codes' });
    const latent = await encoder.encode(item);
    expect(latent.indices).toEqual({ data: Int32Array.of(1, 2), dims: [1, 1, 2], dtype: 'int32' });
    expect(await encoder.embed(item)).toEqual(tensor(item, [1, 4]));
  });

  test('decodes indices and vectors alike, and refuses codes that are not there', async () => {
    const decoder = await loadDecoder(codesPlatform(), source());
    const byIndex = await decoder.decode(Int32Array.of(1, 2));
    expect(byIndex.mean).toEqual(tensor(item, [1, 2, 2, 1]));
    expect(await decoder.decode(item)).toEqual(byIndex);
    await expect(decoder.decode(Int32Array.of(1, 3))).rejects.toThrow(
      /code 1: expected an index from 0 to 2, received 3/,
    );
    await expect(decoder.decode(Int32Array.of(1))).rejects.toThrow(
      /n × 2 indices, received 1 indices/,
    );
  });

  test('reconstructs, interpolates through the codebook, samples its prior, scores', async () => {
    const vqvae = await loadAutoencoder(codesPlatform(), source(), { latent: 'codes' });
    expect((await vqvae.reconstruct(item)).mean.data).toEqual(item);
    const path = await vqvae.interpolate(item, Float32Array.of(0, 0, 0, 0), { steps: 5 });
    expect([...path.mean.data]).toEqual([
      1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    const sampled = await vqvae.sample(2, { seed: 1 });
    expect([...sampled.mean.data]).toEqual([1, 0, 1, 1, 1, 0, 1, 1]);
    const { elbo, kl } = await vqvae.score(item, { seed: 1 });
    expect(elbo[0]).toBeCloseTo(-2 * Math.log(2 * Math.PI), 6);
    expect(kl[0]).toBe(0);
  });

  test('a card whose grid and size disagree is refused', () => {
    const card = codesCard();
    expect(() => validateCard({ ...card, latent: { ...card.latent, dim: 3 } })).toThrow(
      /latent.size: expected height · width · dim = 6, received 4/,
    );
    expect(() =>
      validateCard({ ...card, graphs: { ...card.graphs, codebook: undefined } }),
    ).toThrow(/graphs.codebook.inputs: 'indices' is missing/);
  });
});

test('categorical follows the softmax, its temperature and its mode', () => {
  const logits = Float32Array.of(0, Math.log(2), Math.log(5));
  const random = createRandom(1);
  const counts = [0, 0, 0];
  for (let i = 0; i < 8000; i++) counts[categorical(logits, 1, random.uniform())]! += 1;
  for (const [i, share] of [1 / 8, 2 / 8, 5 / 8].entries()) {
    expect(Math.abs((counts[i] as number) / 8000 - share)).toBeLessThan(
      5 * Math.sqrt((share * (1 - share)) / 8000),
    );
  }
  expect(categorical(logits, 0, 0.01)).toBe(2);
  expect(categorical(logits, 1, 1 - 2 ** -53)).toBe(2);
});
