import { beforeAll, describe, expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { openPlainTfjs } from '../engines/open-plain-tfjs.ts';
import { codeOf } from '../testing.ts';
import {
  createPseudoInputs,
  readPseudoInputs,
  withinRange,
  writePseudoInputs,
} from './pseudo-inputs.ts';

beforeAll(openPlainTfjs);

describe('values beyond the range', () => {
  const values = () => tf.tensor2d([[-0.5, 0, 0.3, 1, 1.5]]);

  test('are cut off', () => {
    expect([...withinRange(values(), [0, 1]).dataSync()]).toEqual(
      [0, 0, 0.3, 1, 1].map((value) => expect.closeTo(value, 6)),
    );
  });

  test.each([
    // A step goes against the gradient: of a positive one down, which what is too large may, and what is too small not.
    ['down', 1, [0, 1, 1, 1, 1]],
    ['up', -1, [-1, -1, -1, -1, 0]],
  ])('have the gradient that leads back: %s', (_, slope, expected) => {
    const gradient = tf.grad((x) => withinRange(x as tf.Tensor2D, [0, 1]));
    const found = gradient(values(), tf.fill([1, 5], slope)).dataSync();
    expect([...found].map((value) => value + 0)).toEqual(expected);
  });
});

test('go to a file and come back, cut off at the range', async () => {
  const some = createPseudoInputs(2, 3, [0, 1]);
  some.adopt(Float32Array.of(-1, 0.25, 0.5, 0.75, 2, 1));
  const file = writePseudoInputs(some);
  const others = createPseudoInputs(2, 3, [0, 1]);
  readPseudoInputs(others, file);
  expect([...others.values().dataSync()]).toEqual([0, 0.25, 0.5, 0.75, 1, 1]);
  const error = await codeOf(() => readPseudoInputs(createPseudoInputs(3, 2, [0, 1]), file));
  expect(error).toBe('invalid-data');
});
