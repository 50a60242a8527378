import { describe, expect, test } from '@jest/globals';
import { loadAutoencoder, loadEncoder } from '../load/load.ts';
import { fakeCard, fakePlatform, fakeSource } from '../testing.ts';
import type { ModelCard } from './card.ts';
import { latentSpaceOf } from './latent-space-of.ts';

const { sha256 } = fakePlatform();
const spaceOf = (changes: Partial<ModelCard> = {}) =>
  latentSpaceOf({ ...fakeCard(), ...changes }, sha256);
const withEncoder = (digest: string): Partial<ModelCard> => {
  const { graphs } = fakeCard();
  const { encoder } = graphs;
  const fp32 = { ...encoder.files.fp32, sha256: digest };
  return { graphs: { ...graphs, encoder: { ...encoder, files: { fp32 } } } };
};

describe('latentSpaceOf', () => {
  test('is the SHA-256 of a text that anyone can write', async () => {
    const { encoder } = fakeCard().graphs;
    const text = `{"encoder":"${encoder.files.fp32.sha256}","item":{"layout":"HWC","range":[0,1],"shape":[2,2,1]},"latent":{"kind":"gaussian","size":2},"preprocessing":{"background":[0,0,0],"fit":"cover","grey":[0.299,0.587,0.114],"kernel":"cubic","offset":0,"scale":${1 / 255}}}`;
    expect(await spaceOf()).toBe(await sha256(new TextEncoder().encode(text)));
  });

  test('is untouched by what says nothing of latents, and by defaults that are said', async () => {
    const { preprocessing, graphs } = fakeCard();
    const same: Partial<ModelCard>[] = [
      { name: 'renamed', description: 'more words', golden: graphs.encoder.files.fp32 },
      { likelihood: { kind: 'gaussian', sigma: 0.1 } },
      { preprocessing: { ...preprocessing, kernel: 'cubic', fit: 'cover', background: [0, 0, 0] } },
      {
        graphs: {
          ...graphs,
          encoder: {
            ...graphs.encoder,
            files: { ...graphs.encoder.files, fp16: graphs.decoder.files.fp32 },
          },
        },
      },
    ];
    for (const changes of same) expect(await spaceOf(changes)).toBe(await spaceOf());
    const { layout, range, shape } = fakeCard().item;
    expect(await spaceOf({ item: { shape, range, layout } })).toBe(await spaceOf());
  });

  test('is another for another codebook, which is named where there is one', async () => {
    const { graphs } = fakeCard();
    const withCodebook = (sha256: string) =>
      spaceOf({
        graphs: {
          ...graphs,
          codebook: { ...graphs.decoder, files: { fp32: { file: 'c', bytes: 1, sha256 } } },
        },
      });
    const spaces = [await spaceOf(), await withCodebook('a'), await withCodebook('b')];
    expect(new Set(spaces).size).toBe(3);
  });

  test('is another for another encoder, item, preprocessing or latent', async () => {
    const { preprocessing, item } = fakeCard();
    const spaces = await Promise.all([
      spaceOf(),
      spaceOf(withEncoder('0'.repeat(64))),
      spaceOf({ item: { ...item, range: [-1, 1] } }),
      spaceOf({ preprocessing: { ...preprocessing, fit: 'fill' } }),
      spaceOf({ preprocessing: { ...preprocessing, background: [0, 0, 1] } }),
      spaceOf({ preprocessing: { ...preprocessing, grey: [1, 0, 0] } }),
      spaceOf({ latent: { kind: 'point', size: 2 } }),
    ]);
    expect(new Set(spaces).size).toBe(spaces.length);
  });

  test('is what a loaded model and its encoder alone say', async () => {
    const vae = await loadAutoencoder(fakePlatform(), fakeSource());
    const encoder = await loadEncoder(fakePlatform(), fakeSource());
    expect([vae.space, vae.encoder.space, encoder.space]).toEqual(Array(3).fill(await spaceOf()));
  });
});
