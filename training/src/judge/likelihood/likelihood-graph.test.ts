import { describe, expect, test } from '@jest/globals';
import { createRandom, logLikelihood, tensor, type WholeCard } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { assertValidModel, GraphBuilder, writeModel } from '@latentkit/onnx';
import { errorOf } from '../../testing.ts';
import { addLogLikelihood } from './likelihood-graph.ts';

const COUNT = 7;

type Range = readonly [low: number, high: number];

function card(likelihood: WholeCard['likelihood'], size: number, range: Range = [0, 1]) {
  return { likelihood, item: { shape: [size], layout: 'flat', range } } as const;
}

/** ln p(x|z) of one item under COUNT parameters, by the graph and by core. */
async function both(
  likelihood: WholeCard['likelihood'],
  size: number,
  scale: number,
  range: Range = [0, 1],
) {
  const random = createRandom(1, 'likelihood');
  const parameter = random.fillNormal(new Float32Array(COUNT * size), scale);
  const [low, high] = range;
  const x = Float32Array.from({ length: size }, () => low + (high - low) * random.uniform());
  // The outermost levels, which have a tail.
  x.set(range);
  const name = likelihood.kind.endsWith('bernoulli') ? 'logits' : 'mean';
  const g = new GraphBuilder('likelihood');
  const item = g.input('x', 'float32', [1, size]);
  const output = addLogLikelihood(g, card(likelihood, size, range) as never, item, {
    [name]: g.input('parameter', 'float32', ['batch', size]),
  });
  g.output(output, 'float32', ['batch', 1], 'log_p');
  const model = g.build();
  assertValidModel(model);
  const runner = await createRunner(writeModel(model));
  const outputs = await runner.run({
    x: tensor(x, [1, size]),
    parameter: tensor(parameter, [COUNT, size]),
  });
  await runner.dispose();
  const repeated = new Float32Array(COUNT * size);
  for (let row = 0; row < COUNT; row++) repeated.set(x, row * size);
  const values = tensor(parameter, [COUNT, size]);
  const decoded = name === 'mean' ? { mean: values } : { mean: values, logits: values };
  return {
    found: Array.from(outputs['log_p']?.data as Float32Array),
    expected: Array.from(logLikelihood(repeated, decoded, card(likelihood, size, range) as never)),
  };
}

describe('addLogLikelihood', () => {
  test.each([
    // 784 = 7 × 112; 785 = 5 × 157 needs 157 groups of 5; 127 is prime: groups of one.
    ['bernoulli', { kind: 'bernoulli' }, 784, 3],
    ['bernoulli, another size', { kind: 'bernoulli' }, 785, 3],
    ['bernoulli, a prime size', { kind: 'bernoulli' }, 127, 3],
    ['bernoulli, all logits 0: the largest product', { kind: 'bernoulli' }, 784, 0],
    ['bernoulli, logits in the hundreds', { kind: 'bernoulli' }, 784, 200],
    ['continuous Bernoulli', { kind: 'continuous-bernoulli' }, 784, 3],
    ['continuous Bernoulli, logits near 0', { kind: 'continuous-bernoulli' }, 784, 0.05],
    ['continuous Bernoulli, logits of 0', { kind: 'continuous-bernoulli' }, 784, 0],
    ['gaussian', { kind: 'gaussian', sigma: 0.3 }, 784, 1],
    ['laplace', { kind: 'laplace', scale: 0.2 }, 784, 1],
    ['logistic', { kind: 'discretised-logistic', scale: 0.1, levels: 256 }, 784, 1],
    ['logistic, few levels', { kind: 'discretised-logistic', scale: 0.02, levels: 8 }, 784, 0.5],
    [
      'logistic, values from −1 to 3',
      { kind: 'discretised-logistic', scale: 0.1, levels: 64 },
      ...[200, 1, [-1, 3]],
    ],
    ['logistic, far off', { kind: 'discretised-logistic', scale: 1e-3, levels: 256 }, 100, 50],
  ] as [string, WholeCard['likelihood'], number, number, Range?][])(
    '%s: the same as core',
    async (...given) => {
      const [, likelihood, size, scale, range] = given;
      const { found, expected } = await both(likelihood, size, scale, range);
      // Terms of about 1 an element are added up in float32, in another order.
      for (const [i, value] of expected.entries()) {
        const tolerance = 1e-6 * (size + 2 * Math.abs(value));
        expect(Math.abs((found[i] as number) - value)).toBeLessThan(tolerance);
      }
    },
  );

  test('a decoder without the output that the likelihood needs', async () => {
    const g = new GraphBuilder('none');
    const x = g.input('x', 'float32', [1, 4]);
    const call = () => addLogLikelihood(g, card({ kind: 'bernoulli' }, 4) as never, x, { mean: x });
    const { code, message } = await errorOf(call);
    expect([code, message]).toEqual([
      'unsupported-format',
      "The decoder has no output 'logits', which the likelihood 'bernoulli' is computed from. Export the model again.",
    ]);
  });
});
