import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkModel } from './check/check-model.ts';
import { byteLength, DTYPE_CODES, type DType } from './dtype.ts';
import type { Attribute, Dim, Graph, Model, Node, TensorData, ValueInfo, ValueType } from './ir.ts';
import { printModel } from './print/print-model.ts';
import { type Problem, printProblem, RULES } from './problem.ts';
import { tensorFromArray, tensorToArray } from './tensor.ts';
import { readModel } from './wire/read-model.ts';
import { writeModel } from './wire/write-model.ts';

/** Any text that UTF-8 can hold: lone surrogates cannot be written. */
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const dtype = fc.constantFrom(...(Object.keys(DTYPE_CODES) as DType[]));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const float32 = fc.float({ noNaN: true });
const bytes = fc.uint8Array({ maxLength: 12 });

const tensor: fc.Arbitrary<TensorData> = fc
  .record({ name: text, dtype, dims: fc.array(fc.nat(3), { maxLength: 3 }) })
  .chain((head) => {
    const count = head.dims.reduce((total, dim) => total * dim, 1);
    const size = byteLength(head.dtype, count);
    if (size === undefined) {
      const strings = fc.array(text, { minLength: count, maxLength: count });
      return strings.map((list) => ({ ...head, raw: new Uint8Array(0), strings: list }));
    }
    return fc.uint8Array({ minLength: size, maxLength: size }).map((raw) => ({ ...head, raw }));
  });

const dim: fc.Arbitrary<Dim> = fc.oneof(
  fc.nat(1000),
  text.filter((name) => name !== ''),
  fc.constant(null),
);
const tensorType: fc.Arbitrary<ValueType> = fc.record({
  kind: fc.constant('tensor' as const),
  dtype,
  shape: fc.option<Dim[], null>(fc.array(dim, { maxLength: 4 }), { nil: null }),
});
const type: fc.Arbitrary<ValueType> = fc.letrec<{ type: ValueType }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tensorType,
    fc.record({ kind: fc.constant('sequence' as const), element: fc.option(tie('type')) }),
    fc.record({ kind: fc.constant('optional' as const), element: fc.option(tie('type')) }),
    fc.record({ kind: fc.constant('map' as const), key: dtype, value: fc.option(tie('type')) }),
  ),
})).type;

const valueInfo: fc.Arbitrary<ValueInfo> = fc.record({
  name: text,
  type: fc.oneof(type, fc.constant({ kind: 'unknown' as const })),
  docString: text,
});

/** A map whose values repeat their key as their name. */
function named<V extends { name: string }>(values: fc.Arbitrary<V>): fc.Arbitrary<Map<string, V>> {
  return fc
    .array(values, { maxLength: 3 })
    .map((list) => new Map(list.map((value) => [value.name, value])));
}

function graphOf(attribute: fc.Arbitrary<Attribute>): fc.Arbitrary<Graph> {
  const node: fc.Arbitrary<Node> = fc.record({
    name: text,
    opType: text,
    domain: text.filter((domain) => domain !== 'ai.onnx'),
    inputs: fc.array(text, { maxLength: 3 }),
    outputs: fc.array(text, { maxLength: 3 }),
    attributes: fc.array(fc.tuple(text, attribute), { maxLength: 3 }).map((list) => new Map(list)),
    docString: text,
  });
  return fc.record({
    name: text,
    docString: text,
    inputs: fc.array(valueInfo, { maxLength: 3 }),
    outputs: fc.array(valueInfo, { maxLength: 3 }),
    valueInfo: named(valueInfo),
    initializers: named(tensor),
    nodes: fc.array(node, { maxLength: 4 }),
  });
}

const plain: fc.Arbitrary<Attribute> = fc.oneof(
  fc.record({ type: fc.constant('float' as const), value: float32 }),
  fc.record({ type: fc.constant('int' as const), value: int64 }),
  fc.record({ type: fc.constant('string' as const), value: bytes }),
  fc.record({ type: fc.constant('tensor' as const), value: tensor }),
  fc.record({ type: fc.constant('floats' as const), value: fc.array(float32, { maxLength: 3 }) }),
  fc.record({ type: fc.constant('ints' as const), value: fc.array(int64, { maxLength: 3 }) }),
  fc.record({ type: fc.constant('strings' as const), value: fc.array(bytes, { maxLength: 3 }) }),
  fc.record({ type: fc.constant('tensors' as const), value: fc.array(tensor, { maxLength: 2 }) }),
  fc.record({ type: fc.constant('typeProto' as const), value: type }),
);
const nested: fc.Arbitrary<Attribute> = fc.oneof(
  plain,
  fc.record({ type: fc.constant('graph' as const), value: graphOf(plain) }),
  fc.record({
    type: fc.constant('graphs' as const),
    value: fc.array(graphOf(plain), { maxLength: 2 }),
  }),
);

const model: fc.Arbitrary<Model> = fc.record({
  irVersion: fc.nat(20),
  opsets: fc
    .array(fc.tuple(text, fc.nat(99)), { maxLength: 3 })
    .map((list) => new Map(list.filter(([domain]) => domain !== 'ai.onnx'))),
  producerName: text,
  producerVersion: text,
  domain: text,
  modelVersion: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  docString: text,
  metadata: fc.array(fc.tuple(text, text), { maxLength: 4 }).map((list) => new Map(list)),
  graph: graphOf(nested),
});

describe('any model', () => {
  test('is the same after writing and reading, and its bytes are the same every time', () => {
    fc.assert(
      fc.property(model, (each) => {
        const written = writeModel(each);
        const read = readModel(written);
        expect(read).toEqual(each);
        expect(writeModel(read)).toEqual(written);
        expect(printModel(read)).toBe(printModel(each));
      }),
      { numRuns: 300, seed: 1 },
    );
  }, 60_000);

  test('is told the same problems in memory and as a file, each by a rule, in a line', () => {
    let broken = 0;
    fc.assert(
      fc.property(model, (each) => {
        const problems = checkModel(each);
        // Files keep attributes in the order of their names.
        const told = (list: Problem[]) => list.map(printProblem).sort();
        expect(told(checkModel(writeModel(each)))).toEqual(told(problems));
        for (const problem of problems) {
          expect(RULES).toContain(problem.rule);
          expect(printProblem(problem)).toMatch(/^(error|warning|unknown) \[[a-z-]+\] .+/s);
          expect(problem.message.length).toBeLessThanOrEqual(1000);
        }
        if (problems.length > 0) broken++;
      }),
      { numRuns: 200, seed: 2 },
    );
    // Names at random make no model: a checker that finds nothing is broken itself.
    expect(broken).toBe(200);
  }, 60_000);

  test('does not depend on the order in which its maps were filled', () => {
    fc.assert(
      fc.property(model, (each) => {
        const reversed = <V>(map: Map<string, V>) => new Map([...map].reverse());
        const nodes = each.graph.nodes.map((node) => ({
          ...node,
          attributes: reversed(node.attributes),
        }));
        const other: Model = {
          ...each,
          opsets: reversed(each.opsets),
          metadata: reversed(each.metadata),
          graph: { ...each.graph, nodes },
        };
        expect(writeModel(other)).toEqual(writeModel(each));
      }),
      { numRuns: 100, seed: 3 },
    );
  }, 60_000);
});

test('tensorFromArray and tensorToArray are inverse to each other', () => {
  fc.assert(
    fc.property(
      tensor.filter((each) => each.dtype !== 'bool'),
      ({ name, dtype: type, dims, raw, strings }) => {
        const back = tensorFromArray(
          name,
          type,
          tensorToArray({ name, dtype: type, dims, raw, ...(strings ? { strings } : {}) }) as never,
          dims,
        );
        expect(back.raw).toEqual(raw);
        expect(back.strings).toEqual(strings);
      },
    ),
    { numRuns: 300, seed: 4 },
  );
});
