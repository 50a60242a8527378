import { someOf } from '../../../test/setup/tier.ts';
import '@tensorflow/tfjs';
import { describe, expect, test } from '@jest/globals';
import { layers } from '@tensorflow/tfjs-layers';
import { BASE_CLASSES, layerCases } from './layers.cases.ts';
import { toOnnx } from './to-onnx.ts';

test('every layer that tfjs-layers exports has a case', () => {
  const covered = layerCases.flatMap(({ layer, aliases = [] }) => [layer, ...aliases]);
  expect([...new Set([...covered, ...BASE_CLASSES])].sort()).toEqual(Object.keys(layers).sort());
});

const firstOf = (name: string) => layerCases.find(({ layer }) => layer === name);

describe('layers', () => {
  const taken = someOf(
    'variants of layers',
    layerCases,
    (item) => item.refused !== undefined || item === firstOf(item.layer),
  );
  test.each(taken.map((item) => [`${item.layer} ${item.variant}`, item] as const))(
    '%s',
    async (_, item) => {
      const model = item.model();
      const options = {
        ...(item.inputs === undefined ? {} : { inputs: item.inputs }),
        verify: item.tolerance === undefined ? true : { tolerance: item.tolerance },
      };
      if (item.refused !== undefined) {
        await expect(toOnnx(model, options)).rejects.toThrow(item.refused);
        return;
      }
      const { report } = await toOnnx(model, options);
      expect(report.verification?.runs).toBeGreaterThan(0);
      if (item.operator !== undefined) expect(Object.keys(report.nodes)).toContain(item.operator);
    },
  );
});
