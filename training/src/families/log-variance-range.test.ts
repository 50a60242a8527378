import { beforeAll, expect, test } from '@jest/globals';
import { createRandom, tensor } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import * as tf from '@tensorflow/tfjs-core';
import { openPlainTfjs } from '../engines/open-plain-tfjs.ts';
import { exportGraph } from '../graphs/export-graph.ts';
import type { FamilyModel, GraphFunction } from './family.ts';
import { gaussianKlByDimension, LOG_VAR_RANGE } from './gaussian-posterior.ts';
import { FAMILIES } from './testing.ts';
import { assign } from './variables.ts';

beforeAll(openPlainTfjs);

const ROWS = 3;
const DRAWN = Object.keys(FAMILIES).filter((family) => !/^(ae|vq-vae)/.test(family));

test.each(DRAWN)('%s: the exported encoder holds ln σ² where training holds it', async (family) => {
  const model = (FAMILIES[family] as () => FamilyModel)();
  const random = createRandom(3);
  for (const { name, variable } of [...model.weights, ...model.buffers]) {
    const spread = /log_var/.test(name) ? 3000 : 0.3;
    assign(variable, random.fillNormal(new Float32Array(variable.size), spread));
  }
  const encoder = model.graphs[0] as GraphFunction;
  const feeds = new Map(
    encoder.inputs.map(({ name, shape }) => {
      const dims = [ROWS, ...shape];
      const values = new Float32Array(dims.reduce((a, b) => a * b));
      if (name === 'y') for (let i = 0; i < ROWS; i++) values[i * (shape[0] as number)] = 1;
      else for (let i = 0; i < values.length; i++) values[i] = random.uniform();
      return [name, { values, dims }] as const;
    }),
  );
  const { bytes } = await exportGraph(encoder, { verify: false });
  const runner = await createRunner(bytes);
  const outputs = await runner.run(
    Object.fromEntries([...feeds].map(([name, { values, dims }]) => [name, tensor(values, dims)])),
  );
  await runner.dispose();
  for (const { data } of Object.values(outputs)) {
    expect([...(data as Float32Array)].every(Number.isFinite)).toBe(true);
  }
  const { mean, log_var: logVar } = outputs;
  if (logVar) {
    const [low, high] = LOG_VAR_RANGE;
    const values = [...(logVar.data as Float32Array)];
    expect(Math.max(...values.map(Math.abs))).toBe(high);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
  }
  // The KL of a training step is the closed form of what the file says.
  if (mean && logVar && model.card.latent.kind === 'gaussian' && !model.prior) {
    const rows = (name: string) => {
      const { values, dims } = feeds.get(name) as { values: Float32Array; dims: number[] };
      return tf.tensor2d(values, dims as [number, number]);
    };
    const { kl } = model.terms({
      items: rows('x'),
      labels: feeds.has('y') ? rows('y') : undefined,
      noise: tf.zeros([ROWS, model.noiseSize]),
      beta: tf.scalar(1),
      capacity: tf.scalar(0),
    });
    const shape = mean.dims as [number, number];
    const exported = tf.mean(
      tf.sum(
        gaussianKlByDimension({
          mean: tf.tensor2d(mean.data as Float32Array, shape),
          logVar: tf.tensor2d(logVar.data as Float32Array, shape),
        }),
        1,
      ),
    );
    const [trained, said] = [kl, exported].map((one) => one.dataSync()[0] as number);
    expect(Math.abs((said as number) / (trained as number) - 1)).toBeLessThan(1e-4);
  }
  model.dispose();
});
