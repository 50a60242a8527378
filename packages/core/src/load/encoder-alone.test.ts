import { describe, expect, test } from '@jest/globals';
import { validateCard, wholeCard } from '../card/parse-card.ts';
import { fakeCard, fakePlatform, fakeSource } from '../testing.ts';
import { loadAutoencoder, loadDecoder, loadEncoder } from './load.ts';

/** The card of a model that embeds alone. */
function encoderAlone(): Record<string, unknown> {
  const { likelihood: _, ...card } = fakeCard();
  return { ...card, family: 'encoder', graphs: { encoder: card.graphs.encoder } };
}

describe('an encoder alone', () => {
  const source = () => fakeSource({ 'model.json': JSON.stringify(encoderAlone()) });

  test('is loaded by loadEncoder, and embeds', async () => {
    const from = source();
    const encoder = await loadEncoder(fakePlatform(), from);
    expect(from.reads).toEqual(['model.json', 'encoder.onnx']);
    expect([...(await encoder.embed(Float32Array.of(0.1, 0.2, 0.3, 0.4))).data]).toEqual([
      Math.fround(Math.fround(0.1) + Math.fround(0.2)),
      Math.fround(Math.fround(0.3) + Math.fround(0.4)),
    ]);
  });

  test.each([
    ['loadAutoencoder', loadAutoencoder],
    ['loadDecoder', loadDecoder],
  ] as const)('is refused by %s, before a graph is read', async (_, load) => {
    const from = source();
    await expect(load(fakePlatform(), from)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('loadEncoder loads an encoder alone'),
    });
    expect(from.reads).toEqual(['model.json']);
  });

  test('has neither decoder nor likelihood, and every other family has both', () => {
    const card = validateCard(encoderAlone());
    expect(card.graphs.decoder).toBeUndefined();
    expect(() => wholeCard(card)).toThrow(/with a decoder/);
    const { likelihood, graphs } = fakeCard();
    expect(wholeCard(fakeCard()).likelihood).toEqual(likelihood);
    for (const [change, issue] of [
      [{ likelihood }, "likelihood: expected none of the family 'encoder'"],
      [{ graphs }, "graphs.decoder: expected none of the family 'encoder'"],
      [{ family: 'vae', likelihood }, 'graphs.decoder: missing'],
      [{ family: 'vae', graphs }, 'likelihood: missing'],
    ] as const) {
      expect(() => validateCard({ ...encoderAlone(), ...change })).toThrow(issue);
    }
  });
});
