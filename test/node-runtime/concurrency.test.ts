import { describe, expect, test } from '@jest/globals';
import { createRandom, loadAutoencoder } from '@latentkit/node';
import { tinyItems, tinyMeans, tinyModel } from '../fixtures/tiny-model.ts';

const { files } = tinyModel();

describe.each(['inline', 'worker'] as const)(
  '1,000 calls at once on one model (%s)',
  (execution) => {
    test('give every caller its own rows, whatever becomes of the others', async () => {
      await using vae = await loadAutoencoder(files, {
        execution,
        ...(execution === 'worker' ? { workers: 2 } : {}),
      });
      const random = createRandom(5);
      const outcomes = { right: 0, refused: 0, aborted: 0 };
      const calls = Array.from({ length: 1000 }, async (_, call) => {
        const kind = random.integer(5);
        const count = 1 + random.integer(random.integer(10) === 0 ? 200 : 8);
        const items = tinyItems(count + call).slice(call * 4);
        if (kind === 0) {
          const bad = random.integer(2) ? items.subarray(1) : items.fill(Number.NaN, 0, 1);
          await expect(vae.encoder.embed(bad)).rejects.toMatchObject({ code: 'invalid-input' });
          outcomes.refused += 1;
        } else if (kind === 1) {
          const controller = new AbortController();
          const embedding = vae.encoder.embed(items, { signal: controller.signal });
          if (random.integer(2)) controller.abort();
          else setImmediate(() => controller.abort());
          // One that was done before the signal fired is as good.
          const result = await embedding.catch((error: { code: string }) => error.code);
          if (result === 'aborted') outcomes.aborted += 1;
          else expect(result).toMatchObject({ dims: [count, 2] });
        } else if (kind === 2) {
          const { mean } = await vae.decoder.decode(tinyMeans(items));
          expect(mean.dims).toEqual([count, 2, 2, 1]);
        } else {
          const { data } = await vae.encoder.embed(items);
          const expected = tinyMeans(items);
          expect(data).toHaveLength(expected.length);
          const off = data.findIndex(
            (value, i) => Math.abs(value - (expected[i] as number)) > 1e-5,
          );
          expect(off).toBe(-1);
          outcomes.right += 1;
        }
      });
      await Promise.all(calls);
      expect(outcomes.right).toBeGreaterThan(300);
      expect(outcomes.refused).toBeGreaterThan(100);
      expect(outcomes.aborted).toBeGreaterThan(100);
    });
  },
);

test('the queue is bounded: calls beyond it are refused, the others are served', async () => {
  await using vae = await loadAutoencoder(files, { maxQueue: 10 });
  const results = await Promise.allSettled(
    Array.from({ length: 30 }, () => vae.encoder.embed(tinyItems(2))),
  );
  const refused = results.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(19);
  expect(refused[0]).toMatchObject({ reason: { code: 'queue-full' } });
});
