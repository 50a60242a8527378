import { expect, jest, test } from '@jest/globals';
import * as v from 'valibot';
import type { LatentDefinition } from '../latents/definition.ts';
import { type Tensor, tensor } from '../tensor.ts';

/**
 * A made-up kind of latent: z is uniform on [centre − ½, centre + ½], the prior on [−4, 4], so that the
 * KL is ln 8 a dimension. It is defined in one place, and everything that depends on the kind of a
 * latent finds it there.
 */
interface BoxLatent {
  readonly kind: 'box';
  readonly centre: Tensor<'float32'>;
}

const schema = v.object({ kind: v.literal('box'), size: v.number() });

const box: LatentDefinition<v.InferOutput<typeof schema>, BoxLatent> = {
  schema,
  roles: ({ size }) => [
    { graph: 'encoder', side: 'outputs', name: 'box_centre', size },
    { graph: 'decoder', side: 'inputs', name: 'box_z', size },
  ],
  read: (outputs) => ({ kind: 'box', centre: outputs['box_centre'] as Tensor<'float32'> }),
  centreOutput: 'box_centre',
  takesNoise: false,
  centre: ({ centre }) => centre,
  toDecode: ({ centre }) => centre,
  draw: ({ centre }, { seed }) => ({
    z: tensor(
      centre.data.map((value) => value + (seed % 2) / 2 - 0.25),
      centre.dims,
    ),
    kl: new Float64Array(centre.dims[0] ?? 0).fill((centre.dims[1] ?? 0) * Math.log(8)),
  }),
  exactKl: true,
  prior: 'none',
  decoderInput: 'box_z',
};

jest.mock('../latents/index.ts', () => {
  const real = jest.requireActual<typeof import('../latents/index.ts')>('../latents/index.ts');
  return {
    LATENT_KINDS: { ...real.LATENT_KINDS, box },
    LatentSchema: v.variant('kind', [...real.LatentSchema.options, schema]),
  };
});

const { validateCard } = require('../card/parse-card.ts') as typeof import('../card/parse-card.ts');
const { loadAutoencoder } = require('../load/load.ts') as typeof import('../load/load.ts');
const { fakeCard, fakeDecoder, fakeEncoder, fakePlatform, fakeSource } =
  require('../testing.ts') as typeof import('../testing.ts');

function boxCard(): ReturnType<typeof fakeCard> {
  const card = fakeCard();
  const info = (name: string, size: number) => ({
    name,
    dtype: 'float32' as const,
    shape: ['batch', size],
  });
  card.graphs.encoder.outputs = [info('box_centre', 2)];
  card.graphs.decoder.inputs = [info('box_z', 2)];
  return { ...card, latent: { kind: 'box', size: 2 } as never };
}

const load = () => {
  const card = boxCard();
  const [encoder, decoder] = [fakeEncoder(), fakeDecoder()];
  const platform = fakePlatform({
    encoder: {
      outputs: card.graphs.encoder.outputs,
      run: async (feeds) => ({ box_centre: (await encoder.run(feeds))['mean'] as never }),
    },
    decoder: {
      inputs: card.graphs.decoder.inputs,
      run: ({ box_z }) => decoder.run({ z: box_z as never }),
    },
  });
  const source = fakeSource({ 'model.json': JSON.stringify(card) });
  return loadAutoencoder(platform, source, { latent: 'box' as never });
};

const item = Float32Array.of(0, 0.5, 1, 1);

test('its card is checked', () => {
  expect(() => validateCard(boxCard())).not.toThrow();
  const card = boxCard();
  card.graphs.decoder.inputs = [];
  expect(() => validateCard(card)).toThrow(/graphs.decoder.inputs/);
  expect(() => validateCard({ ...boxCard(), latent: { kind: 'ball', size: 2 } })).toThrow(/latent/);
});

test('is read, embedded, decoded, drawn and scored', async () => {
  const model = await load();
  const latent: unknown = await model.encoder.encode(item);
  expect(latent).toEqual({ kind: 'box', centre: tensor(Float32Array.of(0.5, 2), [1, 2]) });
  expect((await model.encoder.embed(item)).data).toEqual(Float32Array.of(0.5, 2));
  const decoded = await model.decoder.decode(latent as never);
  expect(decoded.logits?.data).toEqual(Float32Array.of(0.5, 0.5, 2, 2));
  expect(await model.reconstruct(item)).toEqual(decoded);
  const { kl, elbo, reconstruction } = await model.score(item, { seed: 1 });
  expect(kl).toEqual(Float64Array.of(2 * Math.log(8)));
  expect(elbo[0]).toBeCloseTo((reconstruction[0] as number) - 2 * Math.log(8), 10);
  const drawn = await model.decoder.decode(Float32Array.of(0.75, 2.25));
  const { logLikelihood } = require('./likelihood.ts') as typeof import('./likelihood.ts');
  expect(reconstruction).toEqual(logLikelihood(item, drawn, model.card));
});

test('has no prior to sample from', async () => {
  await expect((await load()).sample(2, { seed: 1 })).rejects.toMatchObject({
    code: 'invalid-argument',
  });
});
