import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  checkModel,
  GraphBuilder,
  inferShapes,
  type Model,
  readModel,
  readTensor,
  tensorFromArray,
  type ValueType,
  writeModel,
} from '@latentkit/onnx';
import { compareOutput, runModel } from './run-case.ts';
import { skipSuite } from './skip-suite.ts';
import {
  findLightModels,
  findTestData,
  readCases,
  readLightCases,
  type TestCase,
} from './testdata.ts';
import { EXCEPTIONS, REFUSED, SCALED } from './testdata-exceptions.ts';

const data = findTestData();
const KINDS = ['node', 'simple', 'pytorch-converted', 'pytorch-operator'] as const;

if ('missing' in data) {
  skipSuite('ONNX’s test data', data.missing);
} else {
  describe.each(KINDS)('ONNX’s %s test data', (kind) => {
    let cases: TestCase[];
    beforeAll(() => {
      cases = readCases(data.folder, kind);
    });

    test('has cases', () => {
      const least = { node: 900, simple: 20, 'pytorch-converted': 80, 'pytorch-operator': 30 };
      expect(cases.length).toBeGreaterThan(least[kind]);
    });

    test('the checker accepts every model, but for those that ONNX refuses today', () => {
      const refused = cases
        .filter(({ model }) => checkModel(model).some(({ severity }) => severity === 'error'))
        .map(({ name }) => name);
      expect(refused).toEqual(cases.map(({ name }) => name).filter((name) => REFUSED.has(name)));
    });

    test('writing and reading again keeps everything, and the bytes are stable', () => {
      for (const { name, model } of cases) {
        const read = readModel(model);
        const written = writeModel(read);
        const again = readModel(written);
        expect({ name, model: again }).toEqual({ name, model: read });
        expect(Buffer.compare(writeModel(again), written)).toBe(0);
      }
    });

    test('shapes inferred without the declared outputs fit the stored ones', () => {
      let known = 0;
      const wrong: string[] = [];
      for (const { name, model, dataSets } of cases) {
        const read = readModel(model);
        if (!hasTensorsOnly(read)) continue;
        const outputs = read.graph.outputs.map((output) => output.name);
        for (const output of read.graph.outputs) output.type = { kind: 'unknown' };
        const { types } = inferShapes(read);
        for (const set of dataSets) {
          for (const [i, bytes] of set.outputs.entries()) {
            const type = types.get(outputs[i] ?? '');
            const { dtype, dims } = readTensor(bytes);
            if (type?.kind === 'tensor' && type.shape) known++;
            if (type && !fits(type, dtype, dims)) wrong.push(`${name}: ${JSON.stringify(type)}`);
          }
        }
      }
      expect(wrong).toEqual([]);
      const least = { node: 850, simple: 10, 'pytorch-converted': 80, 'pytorch-operator': 30 };
      expect(known).toBeGreaterThan(least[kind]);
    });

    test('ONNX Runtime gives the stored outputs after a round trip, but for the listed cases', async () => {
      const wrong: string[] = [];
      for (const item of cases) {
        const exception = EXCEPTIONS.find((each) => each.cases.includes(item.name));
        const written = writeModel(readModel(item.model));
        const failure = await runCase(item, written);
        if (!exception) {
          if (failure !== null) wrong.push(`${item.name}: ${failure}`);
        } else if (failure === null) {
          if (!exception.machine) wrong.push(`${item.name} passes, but is listed as failing`);
        } else {
          if (!exception.message.test(failure)) wrong.push(`${item.name}: ${failure}`);
          if ((await runCase(item, item.model)) === null) {
            wrong.push(`${item.name} passes as it was: the round trip broke it`);
          }
        }
      }
      expect(wrong).toEqual([]);
    }, 120_000);
  });

  test('every listed exception is a case', () => {
    const all = new Set(
      KINDS.flatMap((kind) => readCases(data.folder, kind).map((item) => item.name)),
    );
    expect(EXCEPTIONS.flatMap((each) => each.cases).filter((name) => !all.has(name))).toEqual([]);
  });
}

const light = findLightModels();
if ('missing' in light) {
  skipSuite('ONNX’s light models', light.missing);
} else {
  describe('ONNX’s light models', () => {
    const cases = readLightCases(light.folder);

    test('there are the networks of the model zoo', () => {
      expect(cases.length).toBeGreaterThanOrEqual(9);
    });

    test.each(cases.map((item) => [item.name, item] as const))(
      '%s: valid, and the stored output after a round trip',
      async (_, { model, output }) => {
        expect(checkModel(model).filter((problem) => problem.severity === 'error')).toEqual([]);
        const read = readModel(model);
        const input = read.graph.inputs.find(({ name }) => !read.graph.initializers.has(name));
        if (input?.type.kind !== 'tensor') throw new Error('the input is not a tensor');
        const shape = (input.type.shape ?? []).map(Number);
        const count = shape.reduce((total, size) => total * size, 1);
        // ONNX's own runner feeds these models 0, 1/n, 2/n, …
        const values = Float32Array.from({ length: count }, (_, i) => i / count);
        const feed = tensorFromArray('x', 'float32', values, shape);
        const only: Model = {
          ...read,
          graph: { ...read.graph, inputs: [input] },
        };
        const [actual] = await runModel(writeModel(read), only, [feed]);
        expect(actual).toBeDefined();
        if (actual) compareOutput(actual, readTensor(output));
      },
      60_000,
    );
  });
}

test('the comparison notices another value, shape and type', async () => {
  const g = new GraphBuilder('twice');
  const x = g.input('x', 'float32', [2]);
  g.output(g.node('Add', [x, x], {}, { output: 'y' }), 'float32', [2]);
  const model = g.build();
  const feed = tensorFromArray('x', 'float32', [1, 2], [2]);
  const [actual] = await runModel(writeModel(model), model, [feed]);
  const check =
    (values: number[], dims: number[], scaled = false) =>
    () =>
      compareOutput(actual as never, tensorFromArray('y', 'float32', values, dims), scaled);
  expect(check([2, 4.001], [2])).not.toThrow();
  expect(check([2, 4.01], [2])).toThrow('value 1');
  expect(check([2, Number.NaN], [2])).toThrow('value 1');
  expect(check([2, 4.00001], [2], true)).not.toThrow();
  expect(check([2, 4.001], [2], true)).toThrow('value 1');
  expect(check([2, 4], [1, 2])).toThrow('type');
  expect(() =>
    compareOutput(actual as never, tensorFromArray('y', 'float64', [2, 4], [2])),
  ).toThrow('type');
});

function hasTensorsOnly({ graph }: Model): boolean {
  return [...graph.inputs, ...graph.outputs].every(({ type }) => type.kind === 'tensor');
}

function fits(type: ValueType, dtype: string, dims: readonly number[]): boolean {
  if (type.kind !== 'tensor') return false;
  // NumPy has no bfloat16, and the data keeps its bits as uint16.
  const stored = type.dtype === 'bfloat16' ? 'uint16' : type.dtype;
  if (stored !== dtype) return false;
  if (!type.shape) return true;
  return (
    type.shape.length === dims.length &&
    type.shape.every((dim, i) => typeof dim !== 'number' || dim === dims[i])
  );
}

/** What goes wrong with a case, or null. */
async function runCase(item: TestCase, bytes: Uint8Array): Promise<string | null> {
  const model = readModel(item.model);
  if (!hasTensorsOnly(model)) return 'an input or output is not a tensor';
  try {
    for (const { inputs, outputs } of item.dataSets) {
      const results = await runModel(bytes, model, inputs.map(readTensor));
      for (const [i, output] of outputs.entries()) {
        const actual = results[i];
        if (!actual) return `output ${i} is missing`;
        compareOutput(actual, readTensor(output), SCALED.has(item.name));
      }
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
