import '@tensorflow/tfjs';
import { describe, expect, test } from '@jest/globals';
import { someOf } from '../../../../test/setup/tier.ts';
import { atOpsets, type KernelCase } from '../testing/kernel-case.ts';
import { toOnnx } from '../to-onnx.ts';

/** Exports and verifies every case at its opsets, and checks that it meets the kernels that it names. */
export function testKernels(family: string, cases: readonly KernelCase[]): void {
  describe(`${family} kernels`, () => {
    const taken = someOf('cases at an opset', atOpsets(cases), ({ quick }) => quick);
    test.each(
      taken.map(({ item, opset }) => [`${item.name} at opset ${opset}`, item, opset] as const),
    )('%s', async (_, item, opset) => {
      const { report, model } = await toOnnx(item.fn, {
        inputs: item.inputs,
        opset,
        verify: item.tolerance === undefined ? true : { tolerance: item.tolerance },
      });
      expect(Object.keys(report.kernels)).toEqual(expect.arrayContaining([...item.kernels]));
      expect(report.verification?.runs).toBeGreaterThan(0);
      expect(model.opsets.get('')).toBe(opset);
    });
  });
}
