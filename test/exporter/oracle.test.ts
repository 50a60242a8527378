import { someOf, trials } from '../setup/tier.ts';
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { checkModel } from '@latentkit/onnx';
import { toOnnx } from '@latentkit/tfjs-to-onnx';
import { disposeVariables } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { layerCases } from '../../packages/tfjs-to-onnx/src/layers.cases.ts';
import { kernelFamilies } from '../../packages/tfjs-to-onnx/src/support/kernel-families.ts';
import { atOpsets } from '../../packages/tfjs-to-onnx/src/testing/kernel-case.ts';
import {
  randomStack,
  STACKS,
  stackGenes,
} from '../../packages/tfjs-to-onnx/src/testing/random-stack.ts';
import { askOracle, findOracle } from '../outside/oracle.ts';
import { skipSuite } from '../outside/skip-suite.ts';

interface Export {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const kernels = atOpsets(Object.values(kernelFamilies).flat());
const layersTaken = layerCases.filter(({ refused }) => refused === undefined);
const taken = someOf('kernels at an opset', kernels, ({ quick }) => quick);
const stacks = trials('random stacks', { quick: STACKS.numRuns / 5, all: STACKS.numRuns });

/** Every model that the exporter's tests export: kernels at each of their opsets, layers, random stacks. */
async function exportAll(): Promise<Export[]> {
  const exports: Export[] = [];
  for (const { item, opset } of taken) {
    const { bytes } = await toOnnx(item.fn, { inputs: item.inputs, opset, verify: false });
    exports.push({ name: `${item.name} at opset ${opset}`, bytes });
  }
  for (const item of layersTaken) {
    const options = item.inputs === undefined ? {} : { inputs: item.inputs };
    const { bytes } = await toOnnx(item.model(), { ...options, verify: false });
    exports.push({ name: `layer ${item.layer} ${item.variant}`, bytes });
    disposeVariables();
  }
  for (const genes of fc.sample(stackGenes, { ...STACKS, numRuns: stacks })) {
    const { model, text } = randomStack(genes);
    const { bytes } = await toOnnx(model, { verify: false });
    exports.push({ name: `stack ${text}`, bytes });
    model.dispose();
    disposeVariables();
  }
  return exports;
}

let exports: Export[] = [];

beforeAll(async () => {
  exports = await exportAll();
}, 300_000);

test('our own checker accepts every export', () => {
  expect(kernels.length + layersTaken.length + STACKS.numRuns).toBeGreaterThan(1000);
  expect(exports).toHaveLength(taken.length + layersTaken.length + stacks);
  const problems = exports.flatMap(({ name, bytes }) =>
    checkModel(bytes).map((problem) => ({ name, problem })),
  );
  expect(problems).toEqual([]);
});

const oracle = findOracle();
if (!oracle.available) {
  skipSuite("ONNX's Python checker and runtime on every export", oracle.reason);
} else {
  const versions = `onnx ${oracle.versions.onnx}, onnxruntime ${oracle.versions.onnxruntime}`;

  describe(`ONNX's Python checker and runtime (${versions})`, () => {
    test('accept every export', async () => {
      const verdicts = await askOracle(exports, { timeout: 240_000 });
      expect(verdicts).toHaveLength(exports.length);
      const refused = verdicts.filter(
        ({ checker, runtime }) => checker !== null || runtime !== null,
      );
      expect(refused.map(({ name, checker, runtime }) => ({ name, checker, runtime }))).toEqual([]);
    }, 300_000);

    test('refuse an export that was tampered with', async () => {
      const [first] = exports as [Export];
      const half = { name: 'half', bytes: first.bytes.slice(0, first.bytes.length >> 1) };
      const [verdict] = await askOracle([half]);
      expect(verdict?.checker).not.toBeNull();
    }, 60_000);
  });
}
