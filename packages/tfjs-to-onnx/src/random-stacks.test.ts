import '@tensorflow/tfjs';
import { expect, test } from '@jest/globals';
import { disposeVariables } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { randomStack } from './testing/random-stack.ts';
import { toOnnx } from './to-onnx.ts';

const genes = fc.array(fc.nat({ max: 100_000 }), { minLength: 2, maxLength: 7 });

/** The figures of the requirement: relative to the output's scale; the rest is for outputs near zero. */
const tolerance = { relative: 1e-4, absolute: 1e-6 };

test('300 random stacks of layers are exported as tfjs computes them, to the same bytes each time', async () => {
  const kinds = new Set<string>();
  let stacks = 0;
  await fc.assert(
    fc.asyncProperty(genes, async (numbers) => {
      const { model, text } = randomStack(numbers);
      for (const layer of model.layers) kinds.add(layer.getClassName());
      try {
        const { bytes, report } = await toOnnx(model, { verify: { tolerance } });
        const again = await toOnnx(model, { verify: false });
        expect([text, Buffer.compare(bytes, again.bytes)]).toEqual([text, 0]);
        expect(report.verification?.runs).toBe(18);
        stacks++;
      } finally {
        model.dispose();
        disposeVariables();
      }
    }),
    { numRuns: 300, seed: 20261123, endOnFailure: false },
  );
  expect(stacks).toBeGreaterThanOrEqual(300);
  // The generator reaches nearly everything that it knows.
  expect(kinds.size).toBeGreaterThan(25);
});
