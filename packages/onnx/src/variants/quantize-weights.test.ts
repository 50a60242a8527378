import { describe, expect, test } from '@jest/globals';
import { tensorToArray } from '../tensor.ts';
import { randomFloats, seeded } from '../testing/run-passes.ts';
import { quantizeWeight } from './quantize-weights.ts';

const numbers = (tensor: Parameters<typeof tensorToArray>[0] | undefined) =>
  tensor && [...(tensorToArray(tensor) as ArrayLike<number> & Iterable<number>)];

describe('quantizeWeight', () => {
  test.each(['int8', 'uint8'] as const)('%s is within half a step of every value', (type) => {
    for (const axis of [0, 1, 2]) {
      const dims = [4, 5, 6];
      const values = randomFloats(seeded(axis), 120);
      const quantized = quantizeWeight({ dims, values }, axis, type);
      const q = numbers({ ...quantized.values, name: '' }) as number[];
      const scales = numbers({ ...quantized.scales, name: '' }) as number[];
      const zeros = numbers(quantized.zeroPoints && { ...quantized.zeroPoints, name: '' });
      expect(scales).toHaveLength(dims[axis] as number);
      let worst = 0;
      values.forEach((value, i) => {
        const index = [Math.floor(i / 30), Math.floor(i / 6) % 5, i % 6][axis] as number;
        const scale = scales[index] as number;
        const error = Math.abs(scale * ((q[i] as number) - (zeros?.[index] ?? 0)) - value);
        // Asymmetric ranges round their zero point as well.
        expect(error).toBeLessThanOrEqual(scale * (type === 'int8' ? 0.5001 : 1.0001));
        worst = Math.max(worst, error);
      });
      expect(quantized.maxAbsError).toBe(worst);
    }
  });

  test('keeps 0 exactly, and channels of zeros', () => {
    for (const type of ['int8', 'uint8'] as const) {
      const values = [0, -3, 5, 0, 0, 0];
      const { values: q, zeroPoints, scales } = quantizeWeight({ dims: [2, 3], values }, 0, type);
      const zeros = numbers(zeroPoints && { ...zeroPoints, name: '' }) ?? [0, 0];
      const list = numbers({ ...q, name: '' }) as number[];
      expect([list[0], ...list.slice(3)]).toEqual([zeros[0], zeros[1], zeros[1], zeros[1]]);
      expect(numbers({ ...scales, name: '' })?.[1]).toBe(1);
    }
  });

  test('int8 is symmetric and leaves −128 out; uint8 goes from the smallest value to the largest', () => {
    const values = [-1, 0.5, 1, 10, 11, 12.75];
    const symmetric = quantizeWeight({ dims: [2, 3], values }, 0, 'int8');
    expect(numbers({ ...symmetric.values, name: '' })).toEqual([-127, 64, 127, 100, 110, 127]);
    expect(symmetric.zeroPoints).toBeUndefined();
    const asymmetric = quantizeWeight({ dims: [2, 3], values }, 0, 'uint8');
    expect(numbers({ ...asymmetric.values, name: '' })).toEqual([0, 191, 254, 200, 220, 255]);
  });

  test('survives the smallest and largest values', () => {
    for (const type of ['int8', 'uint8'] as const) {
      const values = [1e-45, -1e-44, 3.4e38, -3.4e38];
      const { maxAbsError, scales, flushed } = quantizeWeight({ dims: [2, 2], values }, 0, type);
      expect(numbers({ ...scales, name: '' })?.every((s) => s > 0 && Number.isFinite(s))).toBe(
        true,
      );
      expect(maxAbsError).toBeLessThan(3.4e38 / 100);
      expect(flushed).toBe(2);
    }
  });
});
