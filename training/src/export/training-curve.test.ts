import { describe, expect, test } from '@jest/globals';
import { totalSeconds, trainingCurve } from './training-curve.ts';

const terms = (loss: number) => ({ loss, reconstruction: loss - 1, kl: 1 });
const history = [1, 2].map((epoch) => ({
  epoch,
  step: epoch * 5,
  train: terms(100 / epoch),
  test: terms(1000 / 3 / epoch),
}));

describe('trainingCurve', () => {
  test('holds every epoch, in the digits that mean something', () => {
    const curve = trainingCurve(
      history,
      new Map([
        [1, 1.23456],
        [2, 2],
      ]),
    );
    expect(curve.epochs[0]).toEqual({
      epoch: 1,
      step: 5,
      train: terms(100),
      test: { loss: 333.3333, reconstruction: 332.3333, kl: 1 },
      seconds: 1.23,
    });
    expect(totalSeconds(curve)).toBe(3);
  });

  test('says nothing of a time that is not wholly known', () => {
    const curve = trainingCurve(history, new Map([[1, 1]]));
    expect(curve.epochs[1]).not.toHaveProperty('seconds');
    expect(totalSeconds(curve)).toBeUndefined();
    expect(totalSeconds(trainingCurve([], new Map()))).toBeUndefined();
  });
});
