import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { attr } from '../attributes.ts';
import type { Model } from '../ir.ts';
import { inversePermutation, permute } from '../rewrite/permutation.ts';
import { tensorFromArray } from '../tensor.ts';
import { seeded, TestGraph } from '../testing/run-passes.ts';
import { writeModel } from '../wire/write-model.ts';
import { toFloat16 } from './to-float16.ts';

const PERMUTATIONS = [
  [1, 0, 2],
  [1, 2, 0],
  [0, 2, 1],
  [2, 1, 0],
  [2, 0, 1],
  [1, 2, 0, 3],
  [1, 2, 3, 0],
  [0, 2, 1, 3],
  [1, 0, 2, 3],
];
/** Those of which ONNX Runtime makes a batch moved inwards. */
const CRASH = ['1,0,2', '1,2,0', '1,2,0,3', '1,2,3,0'];

const FORMS = ['x·w', 'w·x', 'x·Constant', 'x·z'] as const;

/** A transposed input times a constant matrix, that times it, or it times a matrix that is an input as well. */
function product(perm: readonly number[], form: (typeof FORMS)[number]): Model {
  const g = new TestGraph(seeded(1));
  const moved = [3, 5, 7, 16].slice(4 - perm.length);
  if (form === 'w·x') moved[perm.length - 2] = 16;
  const t = g.node('Transpose', [g.x(permute(moved, inversePermutation(perm)))], {
    perm: attr.ints([...perm]),
  });
  if (form === 'w·x') g.y(g.node('MatMul', [g.weight([4, 16]), t]));
  else g.y(g.node('MatMul', [t, rightOf(g, form)]));
  return g.build();
}

function rightOf(g: TestGraph, form: (typeof FORMS)[number]): string {
  if (form === 'x·z') return g.x([16, 4], 'z');
  if (form === 'x·w') return g.weight([16, 4]);
  const values = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
  return g.node('Constant', [], {
    value: attr.tensor(tensorFromArray('', 'float32', values, [16, 4])),
  });
}

const CASES = PERMUTATIONS.flatMap((perm) => FORMS.map((form) => ({ perm, form })));

test('a Transpose that ONNX Runtime would crash on stays in float32, and no other', () => {
  for (const { perm, form } of CASES) {
    const { report } = toFloat16(product(perm, form));
    const kept = report.kept.map(({ opType, reason }) => `${opType}: ${reason}`);
    const crash = CRASH.includes(perm.join()) && form !== 'x·z';
    expect({ perm, form, kept }).toEqual({
      perm,
      form,
      kept: crash ? ['Transpose: ONNX Runtime crashes on it in half'] : [],
    });
  }
});

test('ONNX Runtime loads all of them at each level, in a process that a crash would end', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latentkit-half-'));
  try {
    const files = CASES.flatMap(({ perm, form }, i) =>
      [true, false].map((keepIo) => {
        const file = join(folder, `${i}-${keepIo}.onnx`);
        writeFileSync(file, writeModel(toFloat16(product(perm, form), { keepIo }).model));
        return file;
      }),
    );
    const door = createRequire(import.meta.url).resolve('onnxruntime-node');
    const program = `
      const { InferenceSession } = require(${JSON.stringify(door)});
      (async () => {
        for (const file of process.argv.slice(1)) {
          for (const graphOptimizationLevel of ['all', 'extended', 'basic', 'disabled']) {
            await (await InferenceSession.create(file, { graphOptimizationLevel })).release();
          }
        }
        console.log(process.argv.length - 1);
      })();`;
    const env = { ...process.env, ORT_DISABLE_TELEMETRY: '1' };
    const said = execFileSync(process.execPath, ['-e', program, ...files], {
      env,
      encoding: 'utf8',
    });
    expect(Number(said)).toBe(2 * CASES.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
