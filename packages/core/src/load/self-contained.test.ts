import { describe, expect, test } from '@jest/globals';
import { LatentkitError } from '../errors/index.ts';
import { checkSelfContained } from './self-contained.ts';

type Bytes = readonly number[];

/** A varint of at least `pad` bytes. */
const varint = (value: bigint | number, pad = 0): number[] => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n || bytes.length < pad - 1 ? low | 128 : low);
  } while (rest > 0n || bytes.length < pad);
  return bytes;
};
const tag = (field: number, wireType: number, pad = 0) => varint(field * 8 + wireType, pad);
/** A length-delimited field. */
const field = (number: number, ...contents: Bytes[]) => {
  const body = contents.flat();
  return [...tag(number, 2), ...varint(body.length), ...body];
};
const text = (value: string) => [...Buffer.from(value)];
/** What protobuf calls a group: empty here. */
const group = (number: number) => [...tag(number, 3), ...tag(number, 4)];

const rawData = field(9, [14, 1, 14, 1]);
const inside = [...rawData, ...tag(14, 0), 0];
const outside = [...field(13, field(1, text('location'))), ...tag(14, 0), 1];
const model = (...graph: Bytes[]) => [8, 8, ...field(7, ...graph)];
const withTensor = (tensor: Bytes) => model(field(5, tensor));

const codeOf = (bytes: Bytes) => {
  try {
    checkSelfContained(Uint8Array.from(bytes), 'encoder.onnx');
    return 'fine';
  } catch (error) {
    return LatentkitError.isInstance(error) ? error.code : String(error);
  }
};

test.each<[string, Bytes]>([
  ['an initializer', model(field(5, inside), field(5, outside))],
  ['a sparse initializer', model(field(15, field(1, outside)))],
  ['the indices of a sparse initializer', model(field(15, field(2, outside)))],
  ['a constant', model(field(1, field(5, field(5, outside))))],
  ['a list of constants', model(field(1, field(5, field(10, outside))))],
  ['a sparse constant', model(field(1, field(5, field(22, field(1, outside)))))],
  ['a list of sparse constants', model(field(1, field(5, field(23, field(1, outside)))))],
  ['a graph in a node', model(field(1, field(5, field(6, field(5, outside)))))],
  ['a list of graphs in a node', model(field(1, field(5, field(11, field(5, outside)))))],
  ['a function', field(25, field(7, field(5, field(5, outside))))],
  ["a function's default attribute", field(25, field(11, field(5, outside)))],
  ['a graph for training', field(20, field(1, field(5, outside)))],
  ["a training step's graph", field(20, field(2, field(5, outside)))],
])('finds %s kept outside', (_, bytes) => {
  expect(codeOf(bytes)).toBe('integrity');
});

describe('reads data_location as a runtime does, or more strictly:', () => {
  test.each<[string, Bytes]>([
    ['1', [...tag(14, 0), 1]],
    ['1 and then 0', [...tag(14, 0), 1, ...tag(14, 0), 0]],
    ['0 and then 1', [...tag(14, 0), 0, ...tag(14, 0), 1]],
    ['1 in two to ten bytes', [...tag(14, 0), ...varint(1, 2), ...tag(14, 0), ...varint(1, 10)]],
    ['1 + 2^32', [...tag(14, 0), ...varint((1n << 32n) + 1n)]],
    ['1 + 2^35', [...tag(14, 0), ...varint((1n << 35n) + 1n)]],
    ['1 + 2^40', [...tag(14, 0), ...varint((1n << 40n) + 1n)]],
    ['1 + 2^63', [...tag(14, 0), ...varint((1n << 63n) + 1n)]],
    ['2^32, in which 32 bits are 0', [...tag(14, 0), ...varint(1n << 32n)]],
    ['2, which is undefined', [...tag(14, 0), 2]],
    ['−1', [...tag(14, 0), ...varint(-1)]],
    ['1 behind a tag of two bytes', [...tag(14, 0, 2), 1]],
    ['1 behind a tag of five bytes', [...tag(14, 0, 5), 1]],
    ['1 behind a tag with bits above 2^32', [0xf0, 0x80, 0x80, 0x80, 0x10, 1]],
    ['1 behind unknown fields', [...tag(999, 0), 5, ...tag(998, 1), ...Array(8).fill(1), 0x70, 1]],
  ])('%s', (_, location) => {
    expect(codeOf(withTensor(location))).toBe('integrity');
  });

  test('1 in a field that 28 of the bits of its tag would take for it is inside', () => {
    expect(codeOf(withTensor([0xf0, 0x80, 0x80, 0x80, 0x01, 1]))).toBe('fine');
  });

  test('0, however it is written, is inside', () => {
    for (const zero of [[0], varint(0, 2), varint(0, 10)]) {
      expect(codeOf(withTensor([...rawData, ...tag(14, 0), ...zero]))).toBe('fine');
    }
  });
});

describe('refuses what readers may disagree about:', () => {
  test.each<[string, Bytes]>([
    ['a group before the graph', [...group(999), ...withTensor(outside)]],
    ['a group in the graph', model(group(999), field(5, outside))],
    ['a group with the number of the initializers', model(group(5), field(5, outside))],
    ['a group in the tensor', withTensor([...group(999), ...outside])],
    ['a group behind weights that are inside', withTensor([...inside, ...group(14)])],
    ['a group that does not end', [...tag(5, 3), ...withTensor(outside)]],
    ['an end without a group', [...tag(5, 4), ...withTensor(outside)]],
    ['the wire types 6 and 7', [...tag(5, 6), ...withTensor(outside)]],
    ['a field without a number', [0, 0, ...withTensor(outside)]],
    ['a tag of six bytes', withTensor([...tag(14, 0, 6), 1])],
    ['a number of eleven bytes', withTensor([...tag(14, 0), ...varint(1, 11)])],
    ['a length of six bytes', [...tag(7, 2), ...varint(2, 6), 8, 8]],
    ['a length beyond the end', [...tag(7, 2), ...varint(3), 8, 8]],
    ['a length of 2^32 + 2', [...tag(7, 2), ...varint((1n << 32n) + 2n), 8, 8]],
    ['a length of 2^31 and more', [...tag(7, 2), ...varint(2 ** 31 + 2), 8, 8]],
    ['a data_location that is a text', withTensor([...field(14, [1])])],
    ['a data_location of four bytes', withTensor([...tag(14, 5), 1, 0, 0, 0])],
    ['a data_location of eight bytes', withTensor([...tag(14, 1), 1, 0, 0, 0, 0, 0, 0, 0])],
    ["ONNX Runtime's own format", [10, 2, 8, 8, ...text('ORTM')]],
    ['its letters within a field', [10, 6, 8, 8, ...text('ORTM'), ...withTensor(inside)]],
  ])('%s', (_, bytes) => {
    expect(codeOf(bytes)).toBe('invalid-data');
  });

  test('every beginning of a model that ends within a field, and noise', () => {
    const whole = model(field(1, field(5, field(5, inside))), field(5, inside));
    const ends = whole.map((_, end) => codeOf(whole.slice(0, end)));
    expect(ends.map((code) => code === 'fine')).toEqual(
      whole.map((_, end) => [0, 2].includes(end)),
    );
    expect(codeOf(whole)).toBe('fine');
    expect(codeOf(Array(1000).fill(0xff))).toBe('invalid-data');
  });

  test('graphs within graphs beyond what a reader follows', () => {
    let nested: number[] = field(5, inside);
    for (let i = 0; i < 32; i++) nested = field(1, field(5, field(6, nested)));
    expect(codeOf(model(nested))).toBe('fine');
    // The graph within is the 97th message, and a tensor of an attribute in it the hundredth.
    let deepest: number[] = field(1, field(5, field(5, inside)));
    for (let i = 0; i < 32; i++) deepest = field(1, field(5, field(6, deepest)));
    expect(codeOf(model(deepest))).toBe('fine');
    nested = field(1, field(5, field(6, nested)));
    expect(codeOf(model(nested))).toBe('invalid-data');
  });
});

test('a graph compiled for a device is refused', () => {
  const node = (operator: string) => model(field(1, field(4, text(operator)), field(7, text('x'))));
  expect(codeOf(node('EPContext'))).toBe('integrity');
  for (const other of ['Relu', 'EPContextual', 'EPContex', 'EPContext'.repeat(100_000), '']) {
    expect(codeOf(node(other))).toBe('fine');
  }
  // As the name of a node, and as the type of what is no node.
  expect(codeOf(model(field(1, field(3, text('EPContext')))))).toBe('fine');
  expect(codeOf(model(field(4, text('EPContext'))))).toBe('fine');
});

test('weights inside are fine, whatever their bytes look like', () => {
  const looks = field(9, outside);
  expect(codeOf(model(field(5, inside), field(5, looks), field(5, field(8, outside))))).toBe(
    'fine',
  );
  expect(codeOf(withTensor(field(13, field(1, text('location')))))).toBe('fine');
});

describe('the message says what and where:', () => {
  const nested = (depth: number): number[] =>
    depth === 0 ? field(5, inside) : field(1, field(5, field(6, nested(depth - 1))));
  const tooDeep = model(nested(33));

  test.each<[string, Bytes]>([
    [
      'keeps weights in another file, which the card does not vouch for. Export the model with its weights inside.',
      withTensor(outside),
    ],
    [
      'holds a graph compiled for one device (EPContext), which cannot be checked. Export the model as plain ONNX.',
      model(field(1, field(4, text('EPContext')))),
    ],
  ])('%s', (fault, bytes) => {
    expect(() => checkSelfContained(Uint8Array.from(bytes), 'a.onnx')).toThrow(
      expect.objectContaining({ code: 'integrity', message: `a.onnx ${fault}` }),
    );
  });

  test.each<[string, number, Bytes]>([
    ['it is in the format of ONNX Runtime', 4, [0, 0, 0, 0, ...text('ORTM')]],
    ['it is nested deeper than 100', tooDeep.length - inside.length, tooDeep],
    ['a field has no number', 2, [8, 8, 0, 0]],
    ['data_location is no number', 6, withTensor(field(14, [1]))],
    ['a field has the wire type 3', 2, [8, 8, ...group(9)]],
    ['it ends within a number', 2, [8, 8, 0x80]],
    ['a number is longer than 10 bytes', 1, [8, ...varint(1, 11)]],
    ['a number is longer than 5 bytes', 0, [...tag(1, 0, 6), 1]],
    ['a field is longer than what is left', 2, [...tag(7, 2), 3, 8, 8]],
    ['a field is longer than what is left', 1, [...tag(9, 1), ...Array(7).fill(1)]],
    ['a field is longer than what is left', 1, [...tag(9, 5), 1, 1, 1]],
  ])('%s, at byte %d', (fault, at, bytes) => {
    expect(() => checkSelfContained(Uint8Array.from(bytes), 'a.onnx')).toThrow(
      expect.objectContaining({
        code: 'invalid-data',
        message: `a.onnx cannot be read as an ONNX model: ${fault} (at byte ${at} of ${bytes.length}). Export the model again.`,
      }),
    );
  });
});

test('fields of four and eight bytes end where they should', () => {
  const known = [...tag(9, 1), ...Array(8).fill(0), ...tag(9, 5), ...Array(4).fill(0)];
  expect(codeOf([...known, ...withTensor(inside)])).toBe('fine');
  expect(codeOf([...known, ...withTensor(outside)])).toBe('integrity');
});

test('an error that is not about the bytes stays what it is', () => {
  expect(() => checkSelfContained(null as never, 'a.onnx')).toThrow(TypeError);
});
