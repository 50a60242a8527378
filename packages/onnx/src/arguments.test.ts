import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import * as library from './index.ts';
import * as files from './node.ts';

const {
  allTensors,
  assertValidModel,
  attr,
  byteLength,
  bytesPerElement,
  checkModel,
  diffModels,
  floatValues,
  GraphBuilder,
  inferShapes,
  optimize,
  printModel,
  readModel,
  readTensor,
  tensorFromArray,
  tensorToArray,
  tensorToBigInts,
  withinError,
  writeModel,
  writeTensor,
} = library;

function model() {
  const g = new GraphBuilder('small');
  const x = g.input('x', 'float32', ['n', 2]);
  const w = g.initializer('w', Float32Array.of(1, 2, 3, 4), [2, 2]);
  g.output(g.node('MatMul', [x, w], {}, { output: 'y' }), 'float32', ['n', 2]);
  return g.build();
}

/** What throws at once and what rejects are alike here. */
async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return library.OnnxError.isInstance(error) ? error.code : String(error);
  }
  return 'answered';
}

const any = (value: unknown) => value as never;

const NEEDED: Record<string, (value: never) => unknown> = {
  allTensors: (value) => [...allTensors(value)],
  assertValidModel,
  'attr.float': attr.float,
  'attr.ints': attr.ints,
  byteLength: (value) => byteLength(value, 1),
  bytesPerElement,
  checkModel,
  'diffModels, before': (value) => diffModels(value, model()),
  'diffModels, after': (value) => diffModels(model(), value),
  floatValues,
  GraphBuilder: (value) => new GraphBuilder(value),
  inferShapes,
  loadModelFile: files.loadModelFile,
  optimize,
  printModel,
  readModel,
  readTensor,
  'saveModelFile, path': (value) => files.saveModelFile(value, model()),
  'saveModelFile, model': (value) => files.saveModelFile('never.onnx', value),
  tensorToArray,
  tensorToBigInts,
  writeModel,
  writeTensor,
};

test.each(Object.entries(NEEDED))('%s refuses what is not there', async (_, call) => {
  for (const nothing of [undefined, null]) {
    expect(await codeOf(() => call(any(nothing)))).toBe('invalid-argument');
  }
});

const bytes = () => writeModel(model());
const builder = (options: object) => () => new GraphBuilder('g', any(options));
const node =
  (options: object, attributes = {}) =>
  () => {
    const g = new GraphBuilder('g');
    return g.node('Relu', [g.input('x', 'float32', [1])], any(attributes), any(options));
  };
const input = (dtype: unknown, dims: unknown[]) => () =>
  new GraphBuilder('g').input('x', any(dtype), any(dims));

const WRONG: Record<string, () => unknown> = {
  'annotations of readModel': () => readModel(bytes(), { annotations: any('nope') }),
  'resolveExternal of readModel': () => readModel(bytes(), { resolveExternal: any('file') }),
  'an option that readModel has not': () => readModel(bytes(), any({ annotation: 'drop' })),
  'allowDomains of checkModel as a text': () =>
    checkModel(model(), { allowDomains: 'com.microsoft' }),
  'infer of checkModel': () => checkModel(model(), { infer: any('no') }),
  'an option that checkModel has not': () => checkModel(model(), any({ allowDomain: ['a'] })),
  'foldLimit of optimize': () => optimize(model(), { foldLimit: any('1') }),
  'an option that optimize has not': () => optimize(model(), any({ pases: ['remove-dead'] })),
  'opset 0 of a builder': builder({ opset: 0 }),
  'opset 999 of a builder': builder({ opset: 999 }),
  'opset 17.5 of a builder': builder({ opset: 17.5 }),
  'irVersion of a builder': builder({ irVersion: 99 }),
  'domains of a builder': builder({ domains: { 'com.example': 'one' } }),
  'metadata of a builder': builder({ metadata: { key: 1 } }),
  'producerName of a builder': builder({ producerName: 7 }),
  'an option that a builder has not': builder({ opsets: { '': 17 } }),
  'a node by a domain that is no text': node({ domain: 1 }),
  'a node with half an output': node({ outputs: 1.5 }),
  'an option that a node has not': node({ outputNames: ['y'] }),
  'an attribute that attr did not make': node({}, { alpha: 0.1 }),
  'an input of no dtype': input('float99', [1]),
  'an input of a negative size': input('float32', [-1]),
  'an input of an empty name of a dimension': input('float32', ['']),
  'a text as a float': () => tensorFromArray('a', 'float32', any(['x']), [1]),
  'a text as an integer': () => tensorFromArray('a', 'int32', any(['5']), [1]),
  'a boolean as a float': () => tensorFromArray('a', 'float64', any([true]), [1]),
  'a number as a text': () => tensorFromArray('a', 'string', any([1]), [1]),
  'a tensor whose name is none': () => tensorFromArray(any(null), 'float32', [1], [1]),
  'annotations of loadModelFile': () => files.loadModelFile('x', { annotations: any('nope') }),
  'externalData of loadModelFile': () => files.loadModelFile('x', { externalData: any(true) }),
  'an option that loadModelFile has not': () => files.loadModelFile('x', any({ external: 1 })),
};

test.each(Object.entries(WRONG))('refuses %s', async (_, call) => {
  expect(await codeOf(call)).toBe('invalid-argument');
});

test('saveModelFile refuses options that are none, and writes nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-arguments-'));
  const path = join(folder, 'model.onnx');
  const wrong = [
    { externalData: { threshold: 'a' } },
    { externalData: { threshold: -1 } },
    { externalData: { location: 7 } },
    { externalData: { thresholds: 1 } },
    { externalData: true },
    { external: {} },
  ];
  for (const options of wrong) {
    expect(await codeOf(() => files.saveModelFile(path, model(), any(options)))).toBe(
      'invalid-argument',
    );
    expect(await codeOf(() => files.loadModelFile(path))).toBe('io');
  }
  await rm(folder, { recursive: true });
});

test('withinError refuses what makes no variant, and what measures no number', async () => {
  const report = { initializers: [], kept: [], casts: 0 };
  const good = () => ({ model: model(), report });
  const measure = () => 0;
  const wrong: [unknown, unknown][] = [
    [() => 1, { measure, limit: 1 }],
    [() => undefined, { measure, limit: 1 }],
    [async () => good(), { measure, limit: 1 }],
    [() => ({ model: null, report }), { measure, limit: 1 }],
    [good, { measure: () => 'much', limit: 1 }],
    [good, { measure, limit: '1' }],
    [good, { measure, limit: 1, limits: 2 }],
  ];
  for (const [make, options] of wrong) {
    expect(await codeOf(() => withinError(model(), any(make), any(options)))).toBe(
      'invalid-argument',
    );
  }
});

test('typed arrays of another realm are taken as those of this one', () => {
  const bytes = writeModel(model());
  const foreign = runInNewContext('Uint8Array').from(bytes) as Uint8Array;
  expect(checkModel(foreign)).toEqual([]);
  expect(printModel(readModel(foreign))).toBe(printModel(model()));
  const builder = new GraphBuilder('small');
  builder.initializer('w', runInNewContext('Float32Array.of(1, 2.5)') as Float32Array, [2]);
  expect(tensorToArray(builder.graph.initializers.get('w') as never)).toEqual(
    Float32Array.of(1, 2.5),
  );
  builder.initializer('b', Buffer.from([7]), [1]);
  expect(builder.graph.initializers.get('b')?.dtype).toBe('uint8');
});
