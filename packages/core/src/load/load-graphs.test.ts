import { expect, test } from '@jest/globals';
import { DECODER_BYTES, ENCODER_BYTES, fakeCard, fakePlatform, fakeSource } from '../testing.ts';
import { loadGraphs } from './load-graphs.ts';

test('gives the card, and the bytes of each graph', async () => {
  const source = fakeSource();
  expect(await loadGraphs(fakePlatform(), source)).toEqual({
    card: fakeCard(),
    graphs: { encoder: ENCODER_BYTES, decoder: DECODER_BYTES },
  });
  expect(source.reads).toEqual(['model.json', 'encoder.onnx', 'decoder.onnx']);
});

test('refuses a graph that is not the one of the card', async () => {
  const source = fakeSource({ 'decoder.onnx': Uint8Array.of(10, 2, 6, 8) });
  await expect(loadGraphs(fakePlatform(), source)).rejects.toMatchObject({
    code: 'integrity',
    file: 'decoder.onnx',
  });
});

test('is stopped by a signal', async () => {
  const signal = AbortSignal.abort();
  await expect(loadGraphs(fakePlatform(), fakeSource(), { signal })).rejects.toMatchObject({
    message: 'Loading a card was aborted.',
  });
});
