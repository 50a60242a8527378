import '@tensorflow/tfjs';
import { describe, expect, test } from '@jest/globals';
import { type KernelCase, OPSETS_TESTED } from '../testing/kernel-case.ts';
import { toOnnx } from '../to-onnx.ts';

/** Exports and verifies every case at its opsets, and checks that it meets the kernels that it names. */
export function testKernels(family: string, cases: readonly KernelCase[]): void {
  describe(`${family} kernels`, () => {
    test.each(cases.map((item) => [item.name, item] as const))('%s', async (_, item) => {
      for (const opset of item.opsets ?? OPSETS_TESTED) {
        const { report, model } = await toOnnx(item.fn, {
          inputs: item.inputs,
          opset,
          verify: item.tolerance === undefined ? true : { tolerance: item.tolerance },
        });
        expect(Object.keys(report.kernels)).toEqual(expect.arrayContaining([...item.kernels]));
        expect(report.verification?.runs).toBeGreaterThan(0);
        expect(model.opsets.get('')).toBe(opset);
      }
    });
  });
}
