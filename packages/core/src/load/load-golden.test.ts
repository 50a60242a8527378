import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { type Golden, writeGolden } from '../golden/golden.ts';
import { tensor } from '../tensor.ts';
import { fakeCard, fakePlatform, fakeSource } from '../testing.ts';
import { loadGolden } from './load-golden.ts';

const golden: Golden = {
  graphs: {
    encoder: {
      inputs: { x: tensor(new Float32Array(4), [1, 4]) },
      outputs: { mean: tensor(new Float32Array(2), [1, 2]) },
    },
  },
};

/** A model whose card names golden values of these bytes, and whose folder has those. */
function modelWith(file: string, named: Uint8Array, there: Uint8Array | string = named) {
  const sha256 = createHash('sha256').update(named).digest('hex');
  const card = { ...fakeCard(), golden: { file, bytes: named.length, sha256 } };
  return fakeSource({ 'model.json': JSON.stringify(card), [file]: there });
}

const bytes = writeGolden(golden);

test('golden values are read by the card', async () => {
  const source = modelWith('golden.safetensors', bytes);
  expect(await loadGolden(fakePlatform(), source)).toEqual(golden);
  expect(source.reads).toEqual(['model.json', 'golden.safetensors']);
});

test('one flipped bit, or a byte less, is not the file of the card', async () => {
  const flipped = Uint8Array.from(bytes);
  const last = flipped.length - 1;
  flipped[last] = (flipped[last] as number) ^ 1;
  for (const damaged of [flipped, bytes.subarray(0, -1)]) {
    const loading = loadGolden(fakePlatform(), modelWith('golden.safetensors', bytes, damaged));
    await expect(loading).rejects.toMatchObject({ code: 'integrity', file: 'golden.safetensors' });
  }
});

test('golden values of an earlier version are told apart from damage', async () => {
  const json = new TextEncoder().encode('{"format":1,"graphs":{}}');
  const loading = loadGolden(fakePlatform(), modelWith('golden.json', json));
  await expect(loading).rejects.toMatchObject({ code: 'unsupported-format' });
  await expect(loading).rejects.toThrow(/memory: golden\.json .*Export the model again/);
});

test('a model without any says so', async () => {
  await expect(loadGolden(fakePlatform(), fakeSource())).rejects.toMatchObject({
    code: 'not-found',
    message: 'The card of fake (memory) names no golden values. Export the model again.',
  });
});
