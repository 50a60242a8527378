import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assertValidModel, checkModel } from './check/check-model.ts';
import { OnnxError } from './errors.ts';
import { inferShapes } from './infer/infer-shapes.ts';
import { printModel } from './print/print-model.ts';
import { sampleModels } from './testing/sample-models.ts';
import { onnx } from './wire/proto.ts';
import { readModel } from './wire/read-model.ts';
import { writeModel } from './wire/write-model.ts';

/*
 * Seeded mutations of valid files. Whatever comes out must be refused with a typed error or behave as
 * a model: checked, inferred, printed and written without a crash, in bounded time and memory.
 */

const SAMPLES = [...sampleModels().values()].map(writeModel);
const RUNS_OF_BYTES = 1000;
const RUNS_OF_STRUCTURE = 500;
/** Milliseconds for one model of a few hundred bytes; measured 1 to 5, more on a busy machine. */
const TIME = 2000;
/** Bytes that all runs together may leave behind and never free. */
const MEMORY = 150e6;

type Outcome = 'refused' | 'invalid' | 'valid';

function outcome(bytes: Uint8Array): Outcome {
  const start = performance.now();
  const result = judge(bytes);
  expect(performance.now() - start).toBeLessThan(TIME);
  return result;
}

function judge(bytes: Uint8Array): Outcome {
  let model: ReturnType<typeof readModel>;
  try {
    model = readModel(bytes);
  } catch (error) {
    // Anything but a typed error fails the test.
    if (!OnnxError.isInstance(error)) throw error;
    expect(checkModel(bytes).length).toBeGreaterThan(0);
    return 'refused';
  }
  expect(printModel(model).length).toBeLessThan(1e6);
  inferShapes(model);
  const written = writeModel(model);
  expect(writeModel(readModel(written))).toEqual(written);
  const errors = checkModel(bytes).filter(({ severity }) => severity === 'error');
  if (errors.length === 0) {
    assertValidModel(model);
    return 'valid';
  }
  expect(() => assertValidModel(bytes)).toThrow(OnnxError);
  return 'invalid';
}

/** One change of a file's bytes. */
const byteMutation = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), to: fc.nat(255) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({
    kind: fc.constant('delete' as const),
    at: fc.nat(),
    count: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
  }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: fc.nat(),
    count: fc.integer({ min: 1, max: 60 }),
  }),
);

function mutateBytes(
  bytes: readonly number[],
  mutation: typeof byteMutation extends fc.Arbitrary<infer M> ? M : never,
): number[] {
  const result = [...bytes];
  const at = mutation.at % Math.max(bytes.length, 1);
  switch (mutation.kind) {
    case 'flip':
      result[at] = (result[at] ?? 0) ^ (1 << mutation.bit);
      break;
    case 'set':
      result[at] = mutation.to;
      break;
    case 'cut':
      result.length = at;
      break;
    case 'delete':
      result.splice(at, mutation.count);
      break;
    case 'insert':
      result.splice(at, 0, ...mutation.bytes);
      break;
    case 'repeat':
      result.splice(at, 0, ...result.slice(at, at + mutation.count));
  }
  return result;
}

const VALUES = [
  null,
  -1,
  0,
  1,
  2,
  7,
  16,
  99,
  2 ** 31 - 1,
  2 ** 40,
  Number.MAX_SAFE_INTEGER,
  0.5,
  Number.NaN,
  '',
  'x',
  'y',
  'Relu',
  'Loop',
  'If',
  'Gather',
  'Reshape',
  'com.example',
  '\u0000',
  'a'.repeat(3000),
];

type Json = Record<string, unknown>;

/** Every place in a message where a field or list entry can be changed. */
function places(value: unknown, found: [Json, string][] = []): [Json, string][] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return found;
  for (const key of Object.keys(value)) {
    found.push([value as Json, key]);
    places((value as Json)[key], found);
  }
  return found;
}

/** Changes one place in the message: another value, gone, doubled, or a copy of another place. */
function mutateStructure(
  message: object,
  { place, other, kind, value }: { place: number; other: number; kind: number; value: number },
): void {
  const all = places(message);
  const [parent, key] = all[place % all.length] ?? [{}, ''];
  const [donor, donorKey] = all[other % all.length] ?? [{}, ''];
  const list = Array.isArray(parent);
  if (kind === 0) parent[key] = VALUES[value % VALUES.length];
  else if (kind === 1) list ? parent.splice(Number(key), 1) : delete parent[key];
  else if (kind === 2 && list) parent.splice(Number(key), 0, parent[Number(key)]);
  // A copy: a message inside itself has no end.
  else parent[key] = structuredClone(donor[donorKey]);
}

function encode(message: object): Uint8Array | undefined {
  try {
    return new Uint8Array(onnx.ModelProto.encode(message).finish());
  } catch {
    // The change is not expressible as bytes: nothing to read.
    return undefined;
  }
}

function rss(): number {
  return process.memoryUsage().rss;
}

describe('mutated files', () => {
  test(`${RUNS_OF_BYTES} mutations of bytes`, () => {
    const counts = { refused: 0, invalid: 0, valid: 0 };
    const before = rss();
    fc.assert(
      fc.property(
        fc.constantFrom(...SAMPLES),
        fc.array(byteMutation, { minLength: 1, maxLength: 2 }),
        (sample, mutations) => {
          const bytes = mutations.reduce(mutateBytes, [...sample]);
          counts[outcome(Uint8Array.from(bytes))]++;
        },
      ),
      { numRuns: RUNS_OF_BYTES, seed: 20 },
    );
    expect(rss() - before).toBeLessThan(MEMORY);
    // The mutations reach all the way in: some models are refused, some load and break a rule, some live.
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(20);
  }, 120_000);

  test(`${RUNS_OF_STRUCTURE} mutations of structure`, () => {
    const counts = { refused: 0, invalid: 0, valid: 0 };
    let encoded = 0;
    const before = rss();
    const step = fc.record({ place: fc.nat(), other: fc.nat(), kind: fc.nat(3), value: fc.nat() });
    fc.assert(
      fc.property(
        fc.constantFrom(...SAMPLES),
        fc.array(step, { minLength: 1, maxLength: 3 }),
        (sample, steps) => {
          const message = onnx.ModelProto.decode(sample);
          for (const each of steps) mutateStructure(message, each);
          const bytes = encode(message);
          if (!bytes) return;
          encoded++;
          counts[outcome(bytes)]++;
        },
      ),
      { numRuns: RUNS_OF_STRUCTURE, seed: 21 },
    );
    expect(rss() - before).toBeLessThan(MEMORY);
    expect(encoded).toBeGreaterThan(RUNS_OF_STRUCTURE / 2);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(20);
  }, 120_000);
});
