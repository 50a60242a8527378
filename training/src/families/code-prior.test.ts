import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../backends/choose-backend.ts';
import { buildCodePrior, causalMask, codeCrossEntropy } from './code-prior.ts';
import { drawWeights } from './draw-weights.ts';

beforeAll(() => chooseBackend('cpu'));

const CODES = 5;
const oneHot = (indices: number[]): tf.Tensor4D =>
  tf.oneHot(tf.tensor3d(indices, [1, 3, 3], 'int32'), CODES, 1, 0, 'float32') as tf.Tensor4D;

test('the masks see what comes before in raster order, and the centre on request', () => {
  expect([...causalMask(3, false)]).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0]);
  expect([...causalMask(3, true)]).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0]);
});

describe('the prior over codes', () => {
  test.each([
    ['unseen', undefined],
    ['learned', [3, 3] as const],
  ])(
    'a cell depends on every cell before it that is near, and on none from itself on, with its position %s',
    (_, cells) => {
      const prior = buildCodePrior({ codes: CODES, channels: 6, depth: 2, cells });
      drawWeights(prior.weights, 1);
      const base = [0, 1, 2, 3, 4, 0, 1, 2, 3];
      const at = (indices: number[]) => prior.logits(oneHot(indices)).dataSync();
      const logits = at(base);
      for (let changed = 0; changed < 9; changed++) {
        const other = at(base.map((code, i) => (i === changed ? (code + 1) % CODES : code)));
        for (let cell = 0; cell < 9; cell++) {
          const same = [...logits.slice(cell * CODES, (cell + 1) * CODES)].every(
            (value, i) => value === other[cell * CODES + i],
          );
          if (cell <= changed)
            expect({ changed, cell, same }).toEqual({ changed, cell, same: true });
          if (cell === changed + 1)
            expect({ changed, cell, same }).toEqual({ changed, cell, same: false });
        }
      }
      prior.dispose();
    },
  );

  test('where a cell lies tells among the same neighbours where the position is learned', () => {
    const grid = (cells?: readonly [number, number]) => {
      const prior = buildCodePrior({ codes: CODES, channels: 6, depth: 0, cells });
      drawWeights(prior.weights, 1);
      // Cells that see the same: none is near enough to the border of 9 × 9.
      const logits = prior.logits(
        tf.oneHot(tf.zeros([1, 9, 9], 'int32'), CODES, 1, 0, 'float32') as tf.Tensor4D,
      );
      const [a, b] = [4, 5].map((row) => tf.slice(logits, [0, row, 4, 0], [1, 1, 1, CODES]));
      prior.dispose();
      return tf.max(tf.abs(tf.sub(a as tf.Tensor, b as tf.Tensor))).dataSync()[0] as number;
    };
    expect(grid()).toBeLessThan(1e-6);
    expect(grid([9, 9])).toBeGreaterThan(1e-3);
  });

  test('the cross-entropy of uniform logits is ln K a cell', () => {
    const uniform = tf.zeros<tf.Rank.R4>([1, 3, 3, CODES]);
    const [value] = codeCrossEntropy(uniform, oneHot([0, 1, 2, 3, 4, 0, 1, 2, 3])).dataSync();
    expect(value).toBeCloseTo(9 * Math.log(CODES), 4);
  });
});
