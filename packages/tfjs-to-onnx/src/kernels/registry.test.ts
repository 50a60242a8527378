import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { getKernelsForBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { kernelFamilies } from '../support/kernel-families.ts';
import { LAYER_PREFIX } from '../trace/recurrent.ts';
import { kernelTable, refusedKernels } from './registry.ts';

const tested = new Set(
  Object.values(kernelFamilies).flatMap((cases) => cases.flatMap(({ kernels }) => kernels)),
);

test('every kernel that can be exported has a verified case, and no other is claimed', () => {
  const lowered = [...kernelTable.keys()].filter(
    // Whole layers are tested as layers.
    (kernel) => !refusedKernels.has(kernel) && !kernel.startsWith(LAYER_PREFIX),
  );
  expect(lowered.filter((kernel) => !tested.has(kernel))).toEqual([]);
  expect(
    [...tested].filter((kernel) => !kernelTable.has(kernel) || refusedKernels.has(kernel)),
  ).toEqual([]);
});

test("every kernel of tfjs's cpu backend is exported or refused with a reason", () => {
  const known = getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
  expect(known.length).toBeGreaterThan(100);
  expect(known.filter((kernel) => !kernelTable.has(kernel))).toEqual([]);
});

test('every file of cases is in the list of families', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.cases.ts'));
  expect(files.map((name) => name.replace('.cases.ts', '')).sort()).toEqual(
    Object.keys(kernelFamilies).sort(),
  );
});
