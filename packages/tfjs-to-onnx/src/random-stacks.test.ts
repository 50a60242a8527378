import { trials } from '../../../test/setup/tier.ts';
import '@tensorflow/tfjs';
import { expect, test } from '@jest/globals';
import { disposeVariables } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { randomStack, STACKS, stackGenes } from './testing/random-stack.ts';
import { toOnnx } from './to-onnx.ts';

/** The figures of the requirement: relative to the output's scale; the rest is for outputs near zero. */
const tolerance = { relative: 1e-4, absolute: 1e-6 };

const { numRuns } = STACKS;
const runs = trials('random stacks', { quick: numRuns / 5, all: numRuns });

test('random stacks of layers are exported as tfjs computes them, to the same bytes each time', async () => {
  const kinds = new Set<string>();
  let stacks = 0;
  await fc.assert(
    fc.asyncProperty(stackGenes, async (numbers) => {
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
    { ...STACKS, numRuns: runs },
  );
  expect(stacks).toBeGreaterThanOrEqual(runs);
  // The generator reaches nearly everything that it knows.
  expect(kinds.size).toBeGreaterThan(25);
}, 300_000);
