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

type Step = (g: TestGraph, value: string) => string;
const scalar =
  (op: string, value: number): Step =>
  (g, v) =>
    g.node(op, [v, g.scalar(value)]);
const transpose =
  (...perm: number[]): Step =>
  (g, v) =>
    g.node('Transpose', [v], { perm: attr.ints(perm) });
const reshape =
  (...shape: number[]): Step =>
  (g, v) =>
    g.node('Reshape', [v, g.longs(shape)]);

/** What a transposed [3, 5, 16] goes through on the way to its product, and how many Transposes must stay. */
const BETWEEN: Record<string, readonly [kept: number, ...steps: Step[]]> = {
  Identity: [1, (g, v) => g.node('Identity', [v])],
  Dropout: [1, (g, v) => g.node('Dropout', [v])],
  Casts: [
    1,
    (g, v) => g.node('Cast', [v], { to: attr.int(10) }),
    (g, v) => g.node('Cast', [v], { to: attr.int(1) }),
  ],
  'a scale': [1, scalar('Mul', 0.5)],
  'an Identity and a divisor': [1, (g, v) => g.node('Identity', [v]), scalar('Div', 4)],
  'a factor of 1': [1, scalar('Mul', 1)],
  'a sum with 0': [1, scalar('Add', 0)],
  'its own shape': [1, reshape(3, 5, 16)],
  'another shape': [0, reshape(5, 48), reshape(15, 16)],
  'a Concat with itself': [1, (g, v) => g.node('Concat', [v, v], { axis: attr.int(1) })],
  'Transposes that come to the same': [3, transpose(0, 2, 1), transpose(0, 2, 1)],
  'a Transpose back': [1, transpose(1, 0, 2)],
  Relu: [0, (g, v) => g.node('Relu', [v])],
};

/** What a [16, 4] of constants goes through on the way to its product. */
const WEIGHTS: Record<string, Step> = {
  Transpose: (g) => transpose(1, 0)(g, g.weight([4, 16])),
  Reshape: (g) => reshape(16, 4)(g, g.weight([64])),
  'Reshape and Transpose': (g) => transpose(1, 0)(g, reshape(4, 16)(g, g.weight([64]))),
  Squeeze: (g) => g.node('Squeeze', [g.weight([1, 16, 4]), g.longs([0])]),
  Identity: (g) => g.node('Identity', [g.weight([16, 4])]),
  Gather: (g) => g.node('Gather', [g.weight([32, 4]), g.longs([...Array(16).keys()])]),
  Concat: (g) => g.node('Concat', [g.weight([8, 4]), g.weight([8, 4], 'v')], { axis: attr.int(0) }),
  MatMul: (g) => g.node('MatMul', [g.weight([16, 4]), g.weight([4, 4], 'v')]),
  ConstantOfShape: (g) => {
    const value = attr.tensor(tensorFromArray('', 'float32', [0.5], [1]));
    return g.node('ConstantOfShape', [g.longs([16, 4])], { value });
  },
  'one axis': (g) => g.weight([16]),
};

function chain(steps: readonly Step[], weight: Step): Model {
  const g = new TestGraph(seeded(1));
  const moved = transpose(1, 0, 2)(g, g.x([5, 3, 16]));
  const value = steps.reduce((v, step) => step(g, v), moved);
  g.y(g.node('MatMul', [value, weight(g, value)]));
  return g.build();
}

/** A second factor that is no constant, beside a first one with these steps. */
const BESIDE: Record<string, readonly [weight: Step, ...steps: Step[]]> = {
  'a factor beside a matrix': [(g) => g.x([16, 4], 'z'), scalar('Mul', 0.5)],
  'a divisor beside a matrix': [
    (g) => g.x([16, 4], 'z'),
    (g, v) => g.node('Identity', [v]),
    scalar('Div', 2),
  ],
  'a scaled value of any rank': [
    (g) => {
      const target = g.input('target', 'int64', [null]);
      return scalar('Mul', 0.5)(g, g.node('Reshape', [g.x([16, 4], 'z'), target]));
    },
  ],
};

/** A transposed value, and a factor of its own, that are made of a shape which is only known when the model runs. */
function openShapes(): Model {
  const g = new TestGraph(seeded(1));
  const target = g.input('target', 'int64', [3]);
  const reshaped = (name: string) => g.node('Reshape', [g.x(['b', 16], name), target]);
  const moved = transpose(1, 0, 2)(g, reshaped('x'));
  g.y(g.node('MatMul', [g.node('Softmax', [reshaped('z')]), moved]));
  return g.build();
}

const CHAINS = [
  { name: 'shapes known at run time alone', kept: 1, build: openShapes },
  ...Object.entries(BESIDE).map(([name, [weight, ...steps]]) => ({
    name,
    kept: 1,
    build: () => chain(steps, weight),
  })),
  ...Object.entries(BETWEEN).map(([name, [kept, ...steps]]) => ({
    name,
    kept,
    build: () => chain(steps, (g) => g.weight([16, 4])),
  })),
  ...Object.entries(WEIGHTS).map(([name, weight]) => ({
    name: `weights by ${name}`,
    kept: 1,
    build: () => chain([], weight),
  })),
];

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

test.each(CHAINS)('keeps the Transposes that crash: $name', ({ build, kept }) => {
  const { report } = toFloat16(build());
  const crashes = report.kept.filter(({ reason }) => reason.includes('crashes'));
  expect(crashes.map(({ opType }) => opType)).toEqual(Array(kept).fill('Transpose'));
});

test('ONNX Runtime loads all of them at each level, in a process that a crash would end', () => {
  const models = [
    ...CASES.map(({ perm, form }) => product(perm, form)),
    ...CHAINS.map(({ build }) => build()),
  ];
  const folder = mkdtempSync(join(tmpdir(), 'latentkit-half-'));
  try {
    const files = models.flatMap((model, i) =>
      [true, false].map((keepIo) => {
        const file = join(folder, `${i}-${keepIo}.onnx`);
        writeFileSync(file, writeModel(toFloat16(model, { keepIo }).model));
        return file;
      }),
    );
    const door = createRequire(import.meta.url).resolve('onnxruntime-node');
    const program = `
      const { InferenceSession } = require(${JSON.stringify(door)});
      (async () => {
        for (const file of process.argv.slice(1)) {
          for (const graphOptimizationLevel of ['all', 'extended', 'basic', 'disabled']) {
            await (await InferenceSession.create(file, { graphOptimizationLevel, logSeverityLevel: 3 })).release();
          }
        }
        console.log(process.argv.length - 1);
      })();`;
    const env = { ...process.env, ORT_DISABLE_TELEMETRY: '1' };
    const said = execFileSync(process.execPath, ['-e', program, ...files], {
      env,
      encoding: 'utf8',
    });
    expect(Number(said)).toBe(2 * models.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
