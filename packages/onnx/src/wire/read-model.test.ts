import { describe, expect, test } from '@jest/globals';
import { checkModel } from '../check/check-model.ts';
import { OnnxError, type OnnxErrorCode } from '../errors.ts';
import { tensorToArray } from '../tensor.ts';
import { join, lengthDelimited, modelBytes, withInitializer } from '../testing/message.ts';
import { sampleModels } from '../testing/sample-models.ts';
import { fromBigInt } from './proto.ts';
import { readModel } from './read-model.ts';
import { writeModel } from './write-model.ts';

const weights = (bytes: Uint8Array) => {
  const tensor = readModel(bytes).graph.initializers.get('w');
  return tensor && Array.from(tensorToArray(tensor) as ArrayLike<unknown>);
};

const text = (value: string) => new TextEncoder().encode(value);

function refusal(run: () => unknown): OnnxErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (OnnxError.isInstance(error)) return error.code;
    throw error;
  }
}

describe('readModel', () => {
  test.each([...sampleModels()])('gives back the sample %s', (_, model) => {
    const bytes = writeModel(model);
    const read = readModel(bytes);
    expect(read).toEqual(model);
    expect(writeModel(read)).toEqual(bytes);
  });

  test.each([
    [
      'what torch.save writes',
      [0x50, 0x4b, 0x03, 0x04, 0, 0],
      /a zip archive.*torch\.onnx\.export/,
    ],
    ['what torch.save wrote once', [0x80, 0x02, 0x8a, 0x0a], /a pickle.*torch\.onnx\.export/],
    ['what Keras writes', [0x89, 0x48, 0x44, 0x46, 0x0d], /an HDF5 file.*tf2onnx/],
    ['a packed file', [0x1f, 0x8b, 8, 0], /packed by gzip\. Unpack it/],
    ['safetensors', [2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d], /weights alone, in safetensors/],
    ['a card', text('{\n  "format": 1\n}'), /but text\. Give the \.onnx file/],
  ])('says what a file is that is none: %s', (_, bytes, message) => {
    const read = () => readModel(Uint8Array.from(bytes));
    expect(refusal(read)).toBe('malformed');
    expect(read).toThrow(message);
  });

  test('says of a model that is cut off what is missing, not that it were another kind', () => {
    const bytes = writeModel(sampleModels().get('mlp') as never);
    expect(() => readModel(bytes.subarray(0, -9))).toThrow(/bytes long, but only/);
  });

  test('reads a Node Buffer as any other bytes', () => {
    const bytes = writeModel(sampleModels().get('mlp') as never);
    const fromBuffer = readModel(Buffer.from(bytes));
    expect(fromBuffer).toEqual(readModel(bytes));
    expect(Buffer.isBuffer(fromBuffer.graph.initializers.get('w1')?.raw)).toBe(false);
  });

  test.each([
    ['float_data', { dataType: 1, floatData: [1, -2] }, [1, -2]],
    ['float_data of complex numbers', { dataType: 14, dims: [1], floatData: [1, -2] }, [1, -2]],
    ['double_data', { dataType: 11, doubleData: [1, -2] }, [1, -2]],
    ['int32_data', { dataType: 6, int32Data: [1, -2] }, [1, -2]],
    ['int32_data of int8', { dataType: 3, int32Data: [1, -2] }, [1, -2]],
    ['int32_data of uint8', { dataType: 2, int32Data: [1, 255] }, [1, 255]],
    ['int32_data of bool', { dataType: 9, int32Data: [1, 0] }, [1, 0]],
    ['int32_data of float8', { dataType: 17, int32Data: [1, 255] }, [1, 255]],
    [
      'int32_data of int4, two an entry',
      { dataType: 22, dims: [3], int32Data: [0x21, 3] },
      [33, 3],
    ],
    ['raw_data of uint4', { dataType: 21, dims: [3], rawData: Uint8Array.of(0x21, 3) }, [33, 3]],
    ['raw_data of int2', { dataType: 26, dims: [5], rawData: Uint8Array.of(0x1b, 1) }, [27, 1]],
    ['int32_data of float16', { dataType: 10, int32Data: [0x3c00, 0xc000] }, [0x3c00, 0xc000]],
    [
      'int64_data',
      { dataType: 7, int64Data: [1n, -(2n ** 63n)].map(fromBigInt) },
      [1n, -(2n ** 63n)],
    ],
    [
      'uint64_data',
      { dataType: 13, uint64Data: [1n, 2n ** 64n - 1n].map(fromBigInt) },
      [1n, 2n ** 64n - 1n],
    ],
    ['uint64_data of uint32', { dataType: 12, uint64Data: [1, 0xffffffff] }, [1, 0xffffffff]],
    [
      'string_data',
      { dataType: 8, stringData: [new TextEncoder().encode('ä'), new Uint8Array()] },
      ['ä', ''],
    ],
    ['raw_data', { dataType: 5, rawData: Uint8Array.of(1, 0, 254, 255) }, [1, -2]],
  ])('%s', (_, tensor, expected) => {
    expect(weights(withInitializer({ dims: [2], ...tensor }))).toEqual(expected);
  });

  test('everything is raw and the same once written', () => {
    const typed = readModel(withInitializer({ dims: [2], dataType: 1, floatData: [1, 2] }));
    const rawData = new Uint8Array(Float32Array.of(1, 2).buffer);
    const raw = readModel(withInitializer({ dims: [2], dataType: 1, rawData }));
    expect(writeModel(typed)).toEqual(writeModel(raw));
  });

  test('ai.onnx is ONNX’s own domain', () => {
    const bytes = modelBytes({
      irVersion: 8,
      opsetImport: [{ domain: 'ai.onnx', version: 17 }],
      graph: {
        name: 'g',
        node: [{ opType: 'Relu', domain: 'ai.onnx', input: ['x'], output: ['y'] }],
      },
    });
    const model = readModel(bytes);
    expect([...model.opsets]).toEqual([['', 17]]);
    expect(model.graph.nodes[0]?.domain).toBe('');
  });

  test('attributes without a type, as before IR 2, are told by their value', () => {
    const attribute = [{ name: 'alpha', f: 0.5 }];
    const node = [{ opType: 'Elu', input: ['x'], output: ['y'], attribute }];
    const model = readModel(modelBytes({ irVersion: 1, graph: { name: 'g', node } }));
    expect(model.graph.nodes[0]?.attributes.get('alpha')).toEqual({ type: 'float', value: 0.5 });
  });

  test('value_info that is repeated word for word is kept once', () => {
    const info = { name: 'v', type: { tensorType: { elemType: 1 } } };
    const bytes = modelBytes({ irVersion: 8, graph: { name: 'g', valueInfo: [info, info] } });
    expect([...readModel(bytes).graph.valueInfo.keys()]).toEqual(['v']);
  });

  const base = writeModel(sampleModels().get('mlp') as never);
  const entry = (key: string) => lengthDelimited(14, lengthDelimited(1, text(key)));

  const refused: [string, OnnxErrorCode, Uint8Array][] = [
    ['no bytes', 'malformed', new Uint8Array()],
    ['an image', 'unsupported', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
    ['JSON', 'malformed', text('{"format": 1}')],
    ['a field that nobody knows', 'unsupported', join(base, lengthDelimited(99, text('?')))],
    [
      'functions whose attributes have defaults',
      'unsupported',
      join(base, lengthDelimited(25, lengthDelimited(11, new Uint8Array()))),
    ],
    ['training information', 'unsupported', join(base, lengthDelimited(20, new Uint8Array()))],
    ['a group', 'malformed', join(base, Uint8Array.of(0x33))],
    ['two graphs', 'malformed', join(base, lengthDelimited(7, new Uint8Array()))],
    ['one metadata key twice', 'duplicate', join(base, entry('a'), entry('a'))],
    ['a text that is not UTF-8', 'malformed', join(base, lengthDelimited(4, Uint8Array.of(0xff)))],
    ['a length beyond the end', 'malformed', join(base, Uint8Array.of(0x32, 0xff, 0x7f))],
    [
      'a length beyond 32 bits',
      'malformed',
      join(base, Uint8Array.of(0x32, 255, 255, 255, 255, 255, 1)),
    ],
    ['an endless varint', 'malformed', join(base, Uint8Array.of(0x08, ...Array(11).fill(0x80), 1))],
    [
      'a string as an element type’s value',
      'malformed',
      withInitializer({ dims: [1], dataType: 1, stringData: [text('a')] }),
    ],
    [
      'values in the wrong field',
      'malformed',
      withInitializer({ dims: [1], dataType: 1, int32Data: [1] }),
    ],
    ['a uint8 of 256', 'malformed', withInitializer({ dims: [1], dataType: 2, int32Data: [256] })],
    ['a negative dimension', 'malformed', withInitializer({ dims: [-1], dataType: 1 })],
    [
      'a shape of 2^60 elements',
      'malformed',
      withInitializer({ dims: [2 ** 30, 2 ** 30], dataType: 1, floatData: [1] }),
    ],
    [
      'a shape larger than its bytes',
      'malformed',
      withInitializer({ dims: [2 ** 40], dataType: 1, floatData: [1] }),
    ],
    [
      'an element type from the future',
      'unsupported',
      withInitializer({ dims: [1], dataType: 99, rawData: Uint8Array.of(1) }),
    ],
    [
      'half a complex number',
      'malformed',
      withInitializer({ dims: [1], dataType: 14, floatData: [1, 2, 3] }),
    ],
    [
      'a segment',
      'unsupported',
      withInitializer({ dims: [1], dataType: 1, segment: { begin: 0, end: 1 } }),
    ],
    [
      'bytes that are no text in a string tensor',
      'unsupported',
      withInitializer({ dims: [1], dataType: 8, stringData: [Uint8Array.of(0xff)] }),
    ],
  ];
  test.each(refused)('refuses %s (%s)', (_, code, bytes) => {
    expect(refusal(() => readModel(bytes))).toBe(code);
  });

  test('refuses what is no Uint8Array', () => {
    expect(refusal(() => readModel('model.onnx' as never))).toBe('invalid-argument');
  });

  test('a truncation is refused wherever it cuts through a field', () => {
    const readable: number[] = [];
    for (let length = 0; length < base.length; length++) {
      if (refusal(() => readModel(base.slice(0, length))) === undefined) readable.push(length);
    }
    // Between two fields of the model, the file ends like a whole one: there the checker misses something.
    expect(readable).toHaveLength(1);
    expect(checkModel(base.slice(0, readable[0])).map(({ rule }) => rule)).toContain(
      'opset-imports',
    );
  });

  test('refuses nesting that would exhaust the stack', () => {
    // TypeProto.sequence_type.elem_type, over and over: two levels each.
    let type = new Uint8Array();
    for (let i = 0; i < 5000; i++) type = lengthDelimited(4, lengthDelimited(1, type)) as never;
    const info = join(lengthDelimited(1, text('x')), lengthDelimited(2, type));
    const graph = lengthDelimited(7, lengthDelimited(11, info));
    expect(refusal(() => readModel(graph))).toBe('limit');
  });

  test('refuses integers by the million outside raw_data before they become objects', () => {
    const count = 2 ** 24 + 1;
    const data = lengthDelimited(5, lengthDelimited(7, new Uint8Array(count)));
    const before = process.memoryUsage().heapUsed;
    expect(refusal(() => readModel(lengthDelimited(7, data)))).toBe('limit');
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6);
  });

  test('annotations are dropped, or refused when asked to', () => {
    const node = join(
      lengthDelimited(1, text('x')),
      lengthDelimited(2, text('y')),
      lengthDelimited(4, text('Relu')),
      lengthDelimited(9, lengthDelimited(1, text('note'))),
    );
    const bytes = lengthDelimited(7, join(lengthDelimited(2, text('g')), lengthDelimited(1, node)));
    expect(() => readModel(bytes, { annotations: 'refuse' })).toThrow(
      /annotations at ModelProto.graph.node.metadata_props/,
    );
    const model = readModel(bytes);
    expect(model.graph.nodes[0]?.opType).toBe('Relu');
  });
});

describe('external data', () => {
  /** A weight outside the file, its data_location (field 14, a varint) written by hand. */
  const spelled = (location: number[], before: number[] = []) => {
    const entry = join(lengthDelimited(1, text('location')), lengthDelimited(2, text('w.bin')));
    const tensor = join(
      Uint8Array.of(...before, 0x08, 2, 0x10, 1),
      lengthDelimited(8, text('w')),
      lengthDelimited(13, entry),
      Uint8Array.of(...location),
    );
    const graph = join(lengthDelimited(2, text('g')), lengthDelimited(5, tensor));
    return join(Uint8Array.of(0x08, 8), lengthDelimited(7, graph));
  };
  const above = (bits: number) => [0x81, ...Array(bits).fill(0x80), 0x01];

  test.each([
    ['plainly', spelled([0x70, 1])],
    ['with an overlong varint', spelled([0x70, 0x81, 0x80, 0x80, 0x00])],
    ['as 1 + 2^35', spelled([0x70, ...above(4)])],
    ['as 1 + 2^63', spelled([0x70, ...above(8)])],
    ['with an overlong tag', spelled([0xf0, 0x80, 0x80, 0x80, 0x00, 1])],
    ['with a tag above 2^32', spelled([0xf0, 0x80, 0x80, 0x80, 0x10, 1])],
    ['behind an unknown group', spelled([0x70, 1], [0xbb, 0x3e, 0xbc, 0x3e])],
    ['behind a group of a known field', spelled([0x70, 1], [0x6b, 0x6c])],
  ])('spelled %s is seen as protobuf sees it, or refused', (_, bytes) => {
    let external: unknown;
    const code = refusal(() => {
      external = readModel(bytes).graph.initializers.get('w')?.external;
    });
    if (code === undefined) expect(external).toMatchObject({ location: 'w.bin' });
    else expect(['malformed', 'unsupported']).toContain(code);
  });

  const external = (entries: Record<string, string>) =>
    withInitializer({
      dims: [2],
      dataType: 1,
      dataLocation: 1,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
    });

  test('is kept as a location, and resolved on request', () => {
    const bytes = external({ location: 'w.bin', offset: '16', length: '8' });
    const tensor = readModel(bytes).graph.initializers.get('w');
    expect(tensor?.external).toEqual({ location: 'w.bin', offset: 16, length: 8 });
    expect(() => tensorToArray(tensor as never)).toThrow('lie in the file "w.bin"');
    expect(readModel(writeModel(readModel(bytes)))).toEqual(readModel(bytes));

    const raw = new Uint8Array(Float32Array.of(1, 2).buffer);
    const resolved = readModel(bytes, { resolveExternal: () => raw }).graph.initializers.get('w');
    expect(resolved?.external).toBeUndefined();
    expect(tensorToArray(resolved as never)).toEqual(Float32Array.of(1, 2));
    expect(refusal(() => readModel(bytes, { resolveExternal: () => raw.slice(1) }))).toBe(
      'external-data',
    );
  });

  test('without a length it is as long as the shape says', () => {
    const tensor = readModel(external({ location: 'w.bin' })).graph.initializers.get('w');
    expect(tensor?.external).toEqual({ location: 'w.bin', offset: 0, length: 8 });
  });

  test.each([
    ['no location', {}],
    ['another length than the shape’s', { location: 'w.bin', length: '7' }],
    ['a negative offset', { location: 'w.bin', offset: '-1' }],
    ['an offset that is no number', { location: 'w.bin', offset: '1e3' }],
  ])('refuses %s', (_, entries) => {
    expect(refusal(() => readModel(external(entries as never)))).toBe('malformed');
  });
});
