import { beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import { openPlainTfjs } from '../engines/open-plain-tfjs.ts';
import type { Batch, FamilyModel, GraphFunction } from './family.ts';
import { createLikelihood } from './likelihood.ts';
import { buildVae, type VaeConfig } from './vae.ts';
import { assign } from './variables.ts';

beforeAll(openPlainTfjs);

const [ITEMS, LATENT, SIGMA, BETA] = [2, 2, 0.6, 0.8];

const build = (config: Partial<VaeConfig>) =>
  buildVae({
    itemShape: [2, 2, 1],
    hiddenSizes: [5],
    activation: 'tanh',
    latentSize: LATENT,
    likelihood: createLikelihood('gaussian', SIGMA),
    family: 'iwae',
    ...config,
  });

function randomise({ weights }: FamilyModel): void {
  const random = createRandom(3);
  for (const { variable } of weights) {
    assign(variable, random.fillNormal(new Float32Array(variable.size), 0.5));
  }
}

function batchOf({ noiseSize }: FamilyModel, beta = BETA): Batch {
  const random = createRandom(8);
  return {
    items: tf.tensor2d(random.fillNormal(new Float32Array(ITEMS * 4)), [ITEMS, 4]),
    noise: tf.tensor2d(random.fillNormal(new Float32Array(ITEMS * noiseSize)), [ITEMS, noiseSize]),
    beta: tf.scalar(beta),
    capacity: tf.scalar(0),
  };
}

function gradientsOf(model: FamilyModel, batch: Batch): Map<string, Float32Array> {
  const variables = model.weights.map(({ variable }) => variable);
  const { value, grads } = tf.variableGrads(() => model.terms(batch).loss, variables);
  const found = model.weights.map(({ name, variable }) => {
    const gradient = grads[variable.name] as tf.Tensor;
    return [name, gradient.dataSync<'float32'>().slice()] as const;
  });
  tf.dispose([value, grads]);
  return new Map(found);
}

/** The draws of each item by what a user of the model has: its graphs. Rows are [item][draw]. */
function drawsOf(model: FamilyModel, { items, noise }: Batch, draws: number) {
  const [encoder, decoder] = model.graphs as [GraphFunction, GraphFunction];
  const { mean, log_var: logVar } = encoder.run(items) as Record<string, tf.Tensor>;
  const [means, logVars] = [mean, logVar].map((t) => (t as tf.Tensor2D).arraySync());
  const x = items.arraySync();
  const eps = tf.reshape(noise, [ITEMS, draws, LATENT]).arraySync() as number[][][];
  const normal = (value: number, at: number, logVar: number) =>
    -0.5 * ((value - at) ** 2 / Math.exp(logVar) + logVar + Math.log(2 * Math.PI));
  /** ln w of z for an item, its posterior held still. */
  const logWeight = (item: number, z: number[]) => {
    const decoded = decoder.run(tf.tensor2d([z])) as Record<string, tf.Tensor>;
    const at = [...(decoded['mean'] as tf.Tensor).dataSync()];
    const logP = (x[item] as number[]).reduce(
      (sum, value, i) => sum + normal(value, at[i] as number, 2 * Math.log(SIGMA)),
      0,
    );
    const logRatio = z.reduce((sum, value, j) => {
      const [m, v] = [means, logVars].map((rows) => rows?.[item]?.[j] as number);
      return sum + normal(value, 0, 0) - normal(value, m as number, v as number);
    }, 0);
    return logP + BETA * logRatio;
  };
  return eps.map((rows, item) =>
    rows.map((row) => {
      const spread = row.map((_, j) => Math.exp((logVars?.[item]?.[j] as number) / 2));
      const z = row.map((e, j) => (means?.[item]?.[j] as number) + (spread[j] as number) * e);
      const slope = z.map((value, j) => {
        const [up, down] = [5e-3, -5e-3].map((h) => logWeight(item, z.with(j, value + h)));
        return ((up as number) - (down as number)) / 1e-2;
      });
      // ∂z/∂(ln σ²) = ½ σ ε
      const byLogVar = row.map((e, j) => 0.5 * (spread[j] as number) * e);
      return { logWeight: logWeight(item, z), slope, byLogVar };
    }),
  );
}

const logSumExp = (values: number[]) => {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
};

/** Groups of draws. */
const chunks = <T>(rows: T[], size: number): T[][] =>
  Array.from({ length: rows.length / size }, (_, i) => rows.slice(i * size, (i + 1) * size));

function expectNear(found: ArrayLike<number> | undefined, expected: number[]): void {
  const scale = Math.max(...expected.map(Math.abs));
  expect(scale).toBeGreaterThan(1e-3);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs((found?.[i] as number) - value)).toBeLessThan(0.01 * scale + 1e-4);
  }
}

describe.each([
  { samples: 3, groups: 2, bound: 'iwae' },
  { samples: 3, groups: 2, bound: 'miwae' },
  { samples: 3, groups: 2, bound: 'piwae' },
  { samples: 4, groups: 1, bound: 'iwae' },
] as const)('$bound, $groups × $samples draws', ({ samples, groups, bound }) => {
  const draws = samples * groups;

  test('the loss is the negative bound, whatever the gradient', () => {
    for (const gradient of ['standard', 'stl', 'dreg'] as const) {
      const model = build({ samples, groups, bound, gradient });
      randomise(model);
      const batch = batchOf(model);
      const size = bound === 'miwae' ? samples : draws;
      const bounds = drawsOf(model, batch, draws).map((rows) => {
        const each = chunks(rows, size).map(
          (group) => logSumExp(group.map(({ logWeight }) => logWeight)) - Math.log(size),
        );
        return each.reduce((sum, value) => sum + value, 0) / each.length;
      });
      const expected = -bounds.reduce((sum, value) => sum + value, 0) / ITEMS;
      expect(model.terms(batch).loss.dataSync()[0]).toBeCloseTo(expected, 3);
      model.dispose();
    }
  });

  test.each(['stl', 'dreg'] as const)(
    '%s: the encoder has the gradient by way of the draws',
    (gradient) => {
      const model = build({ samples, groups, bound, gradient });
      randomise(model);
      const batch = batchOf(model);
      const found = gradientsOf(model, batch);
      const together = bound === 'iwae' ? draws : samples;
      const [byMean, byLogVar] = [0, 1].map(() => new Array<number>(LATENT).fill(0));
      for (const rows of drawsOf(model, batch, draws)) {
        for (const group of chunks(rows, together)) {
          const sum = logSumExp(group.map(({ logWeight }) => logWeight));
          for (const { logWeight, slope, byLogVar: path } of group) {
            const share = Math.exp(logWeight - sum);
            const weight = (gradient === 'dreg' ? share ** 2 : share) / (draws / together) / ITEMS;
            for (let j = 0; j < LATENT; j++) {
              const step = weight * (slope[j] as number);
              (byMean as number[])[j] = ((byMean as number[])[j] as number) - step;
              (byLogVar as number[])[j] =
                ((byLogVar as number[])[j] as number) - step * (path[j] as number);
            }
          }
        }
      }
      expectNear(found.get('encoder/mean/bias'), byMean as number[]);
      expectNear(found.get('encoder/log_var/bias'), byLogVar as number[]);
      model.dispose();
    },
  );

  test('the decoder has that of the bound', () => {
    const of = (config: Partial<VaeConfig>) => {
      const model = build({ samples, groups, ...config });
      randomise(model);
      const gradients = gradientsOf(model, batchOf(model));
      model.dispose();
      return [...gradients].filter(([name]) => name.startsWith('decoder/'));
    };
    const expected = of({ bound: bound === 'piwae' ? 'iwae' : bound });
    for (const gradient of ['standard', 'stl', 'dreg'] as const) {
      for (const [i, [name, values]] of of({ bound, gradient }).entries()) {
        expect(name).toBe(expected[i]?.[0]);
        expectNear(values, Array.from(expected[i]?.[1] ?? []));
      }
    }
  });
});

test('piwae: the encoder has the gradient of miwae', () => {
  const of = (bound: 'piwae' | 'miwae' | 'iwae') => {
    const model = build({ samples: 3, groups: 2, bound });
    randomise(model);
    const gradients = gradientsOf(model, batchOf(model));
    model.dispose();
    return gradients.get('encoder/hidden_1/kernel') as Float32Array;
  };
  const expected = Array.from(of('miwae'));
  expectNear(of('piwae'), expected);
  const apart = of('iwae').map((value, i) => Math.abs(value - (expected[i] as number)));
  expect(Math.max(...apart)).toBeGreaterThan(1e-3);
});

test('draws that are far apart leave finite gradients', () => {
  for (const bound of ['iwae', 'miwae', 'piwae'] as const) {
    const likelihood = createLikelihood('gaussian', 0.01);
    const model = build({ samples: 2, groups: 3, bound, gradient: 'dreg', likelihood });
    randomise(model);
    for (const [, values] of gradientsOf(model, batchOf(model))) {
      expect(values.every(Number.isFinite)).toBe(true);
    }
    model.dispose();
  }
});

describe('sticking the landing', () => {
  /** A linear model whose posterior is known: x = (a z₁ + c₁, b z₂ + c₂, c₃, c₄) + noise. */
  function exactModel(gradient: 'standard' | 'stl'): FamilyModel {
    const model = build({ family: 'vae', hiddenSizes: [], gradient });
    const [slopes, offsets] = [
      [1.5, -0.7],
      [0.2, -0.4, 0.1, 0.3],
    ] as const;
    const variances = slopes.map((slope) => 1 / (1 + slope ** 2 / SIGMA ** 2));
    const gains = slopes.map((slope, j) => ((variances[j] as number) * slope) / SIGMA ** 2);
    const at = (rows: number, columns: number, values: readonly number[]) => {
      const matrix = new Float32Array(rows * columns);
      for (const [i, value] of values.entries()) matrix[i * columns + i] = value;
      return matrix;
    };
    const values: Record<string, Float32Array> = {
      'decoder/output/kernel': at(LATENT, 4, slopes),
      'decoder/output/bias': Float32Array.from(offsets),
      'encoder/mean/kernel': at(4, LATENT, gains),
      'encoder/mean/bias': Float32Array.from(gains, (gain, j) => -gain * (offsets[j] as number)),
      'encoder/log_var/kernel': new Float32Array(4 * LATENT),
      'encoder/log_var/bias': Float32Array.from(variances, Math.log),
    };
    for (const { name, variable } of model.weights) assign(variable, values[name] as Float32Array);
    return model;
  }
  const largest = (gradient: 'standard' | 'stl') => {
    const model = exactModel(gradient);
    const found = gradientsOf(model, batchOf(model, 1));
    model.dispose();
    const encoder = [...found].filter(([name]) => name.startsWith('encoder/'));
    return Math.max(...encoder.flatMap(([, values]) => [...values].map(Math.abs)));
  };

  test('has no gradient where the posterior is exact, whatever the draw', () => {
    expect(largest('stl')).toBeLessThan(1e-5);
    expect(largest('standard')).toBeGreaterThan(0.1);
  });

  test('has the gradient of the KL in closed form on average', () => {
    const of = (gradient: 'standard' | 'stl', rows: number) => {
      const model = build({ family: 'vae', gradient });
      randomise(model);
      const { items, ...rest } = batchOf(model);
      const noise = createRandom(2).fillNormal(new Float32Array(rows * ITEMS * LATENT));
      const many = {
        ...rest,
        items: tf.tile(items, [rows, 1]) as tf.Tensor2D,
        noise: tf.tensor2d(noise, [rows * ITEMS, LATENT]),
      };
      const gradients = gradientsOf(model, many);
      model.dispose();
      return gradients.get('encoder/mean/bias') as Float32Array;
    };
    const [stl, standard] = [of('stl', 20_000), of('standard', 20_000)];
    for (const [i, value] of stl.entries()) {
      expect(Math.abs(value - (standard[i] as number))).toBeLessThan(0.03);
    }
  });
});
