import { describe, expect, test } from '@jest/globals';
import { attr } from '../attributes.ts';
import { GraphBuilder } from '../graph-builder.ts';
import type { Attribute } from '../ir.ts';
import { printType } from '../print/print-model.ts';
import { inferOne, type OneNode, type ShortInput } from '../testing/infer-one.ts';
import { sampleModels } from '../testing/sample-models.ts';
import { inferShapes } from './infer-shapes.ts';

const ints = (...values: number[]): Attribute => attr.ints(values);
const { int, float, string } = attr;

type Case = [op: string, inputs: ShortInput[], expected: string | string[], more?: OneNode];
const at = (attributes: Record<string, Attribute>, opset?: number): OneNode =>
  opset === undefined ? { attributes } : { attributes, opset };

const cases: Record<string, Case[]> = {
  'element-wise': [
    ['Relu', ['n,4'], 'float32[n, 4]'],
    ['Add', ['n,1,4', '3,4'], 'float32[n, 3, 4]'],
    ['Add', ['n', 'm'], 'float32[?]'],
    ['Add', ['n', '5'], 'float32[5]'],
    ['Add', ['*', '5'], 'float32'],
    ['Add', ['2,3', '3'], 'float32[2, 3]', { opset: 6 }],
    ['Max', ['n,1', '1,3', ''], 'float32[n, 3]'],
    ['Less', ['n,4', '4'], 'bool[n, 4]'],
    ['And', ['bool:n', 'bool:1'], 'bool[n]'],
    ['Where', ['bool:n,1', 'int32:4', 'int32:'], 'int32[n, 4]'],
    ['Cast', ['n'], 'int64[n]', at({ to: int(7) })],
    ['CastLike', ['n', 'float64:'], 'float64[n]'],
    ['IsNaN', ['n'], 'bool[n]'],
    ['Clip', ['n', '', ''], 'float32[n]'],
    ['CumSum', ['n,3', '=1'], 'float32[n, 3]'],
    ['Dropout', ['n'], ['float32[n]', 'bool[n]'], { outputs: 2 }],
    ['Softmax', ['n,3'], 'float32[n, 3]', at({ axis: int(-1) })],
  ],
  matrices: [
    ['Gemm', ['n,6', '6,4', '4'], 'float32[n, 4]'],
    ['Gemm', ['6,n', '4,6'], 'float32[n, 4]', at({ transA: int(1), transB: int(1) })],
    ['Gemm', ['n,6', '6,4', 'n,4'], 'float32[n, 4]'],
    ['MatMul', ['n,2,3', '3,5'], 'float32[n, 2, 5]'],
    ['MatMul', ['3', '3,5'], 'float32[5]'],
    ['MatMul', ['n,3', '3'], 'float32[n]'],
    ['MatMul', ['3', '3'], 'float32[]'],
    ['MatMul', ['1,n,2,3', '7,1,3,4'], 'float32[7, n, 2, 4]'],
    ['MatMulInteger', ['uint8:n,3', 'int8:3,5'], 'int32[n, 5]'],
    [
      'QLinearMatMul',
      ['uint8:n,3', '', 'uint8:', 'int8:3,5', '', 'int8:', '', 'uint8:'],
      'uint8[n, 5]',
    ],
    ['Einsum', ['b,2,3', 'b,3,4'], 'float32[b, 2, 4]', at({ equation: string('bij,bjk->bik') })],
    ['Einsum', ['n,n'], 'float32[]', at({ equation: string('ii->') })],
    ['Einsum', ['b,2,3', '3,4'], 'float32[b, 2, 4]', at({ equation: string('...ij,jk->...ik') })],
    ['Einsum', ['2,3', '3,4'], 'float32[2, 4]', at({ equation: string('ij,jk') })],
    ['Det', ['n,3,3'], 'float32[n]'],
  ],
  'convolutions and pools': [
    ['Conv', ['n,3,8,8', '5,3,3,3'], 'float32[n, 5, 6, 6]'],
    ['Conv', ['n,3,h,w', '5,3,3,3'], 'float32[n, 5, h, w]', at({ pads: ints(1, 1, 1, 1) })],
    ['Conv', ['n,3,h,8', '5,3,3,3'], 'float32[n, 5, ?, 3]', at({ strides: ints(2, 2) })],
    ['Conv', ['n,4,9', '8,1,3'], 'float32[n, 8, 5]', at({ group: int(4), dilations: ints(2) })],
    [
      'Conv',
      ['n,3,9', '5,3,3'],
      'float32[n, 5, 5]',
      at({ auto_pad: string('SAME_UPPER'), strides: ints(2) }),
    ],
    ['Conv', ['n,3,9', '5,3,3'], 'float32[n, 5, 7]', at({ auto_pad: string('VALID') })],
    ['Conv', ['n,1,4,5,6', '2,1,2,2,2'], 'float32[n, 2, 3, 4, 5]'],
    ['ConvInteger', ['uint8:n,1,5', 'uint8:2,1,3'], 'int32[n, 2, 3]'],
    ['ConvTranspose', ['n,3,4,4', '3,5,3,3'], 'float32[n, 5, 9, 9]', at({ strides: ints(2, 2) })],
    [
      'ConvTranspose',
      ['n,4,4', '4,2,3'],
      'float32[n, 4, 8]',
      at({ strides: ints(2), pads: ints(1, 1), output_padding: ints(1), group: int(2) }),
    ],
    [
      'ConvTranspose',
      ['n,3,4', '3,5,3'],
      'float32[n, 5, 8]',
      at({ strides: ints(2), auto_pad: string('SAME_UPPER') }),
    ],
    [
      'ConvTranspose',
      ['n,3,4', '3,5,3'],
      'float32[n, 5, 10]',
      at({ strides: ints(2), output_shape: ints(10) }),
    ],
    [
      'MaxPool',
      ['n,3,8,8'],
      ['float32[n, 3, 4, 4]', 'int64[n, 3, 4, 4]'],
      { outputs: 2, attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2) } },
    ],
    [
      'AveragePool',
      ['n,3,7'],
      'float32[n, 3, 4]',
      at({ kernel_shape: ints(2), strides: ints(2), ceil_mode: int(1) }),
    ],
    ['GlobalAveragePool', ['n,3,h,w'], 'float32[n, 3, 1, 1]'],
  ],
  normalisations: [
    ['BatchNormalization', ['n,3,4', '3', '3', '3', '3'], 'float32[n, 3, 4]'],
    [
      'LayerNormalization',
      ['n,3,4', '4'],
      ['float32[n, 3, 4]', 'float32[n, 3, 1]'],
      { outputs: 2 },
    ],
    ['InstanceNormalization', ['n,3,4', '3', '3'], 'float32[n, 3, 4]'],
  ],
  reductions: [
    ['ReduceMean', ['n,3,4'], 'float32[n, 1, 4]', at({ axes: ints(1) })],
    ['ReduceMean', ['n,3,4'], 'float32[n]', at({ axes: ints(-1, 1), keepdims: int(0) })],
    ['ReduceMean', ['n,3,4'], 'float32[1, 1, 1]'],
    ['ReduceMean', ['n,3,4', '=0'], 'float32[1, 3, 4]', { opset: 18 }],
    ['ReduceSum', ['n,3', '=1'], 'float32[n]', at({ keepdims: int(0) })],
    ['ReduceSum', ['n,3', 'int64:1'], 'float32[?, ?]'],
    ['ReduceSum', ['n,3', 'int64:1'], 'float32', at({ keepdims: int(0) })],
    ['ReduceSum', ['n,3', '='], 'float32[n, 3]', at({ noop_with_empty_axes: int(1) })],
    ['ArgMax', ['n,3'], 'int64[n]', at({ axis: int(1), keepdims: int(0) })],
    ['ArgMin', ['n,3'], 'int64[1, 3]'],
  ],
  shapes: [
    ['Reshape', ['n,3,4', '=0,-1'], 'float32[n, 12]'],
    ['Reshape', ['n,3,4', '=-1,12'], 'float32[n, 12]'],
    ['Reshape', ['n,3,4', '=-1,6'], 'float32[?, 6]'],
    ['Reshape', ['2,3,4', '=4,-1'], 'float32[4, 6]'],
    ['Reshape', ['0,3', '=0,3'], 'float32[0, 3]', at({ allowzero: int(1) })],
    ['Reshape', ['n,3', 'int64:3'], 'float32[?, ?, ?]'],
    ['Reshape', ['n,3', 'int64:m'], 'float32'],
    ['Flatten', ['n,3,4'], 'float32[n, 12]'],
    ['Flatten', ['n,3,4'], 'float32[?, 4]', at({ axis: int(-1) })],
    ['Squeeze', ['n,1,4,1', '=1'], 'float32[n, 4, 1]'],
    ['Squeeze', ['2,1,1'], 'float32[2]'],
    ['Squeeze', ['n,1'], 'float32'],
    ['Squeeze', ['n,1'], 'float32[n]', at({ axes: ints(-1) }, 11)],
    ['Unsqueeze', ['n,4', '=0,-1'], 'float32[1, n, 4, 1]'],
    ['Transpose', ['a,b,c'], 'float32[c, b, a]'],
    ['Transpose', ['a,b,c'], 'float32[a, c, b]', at({ perm: ints(0, 2, 1) })],
    ['Expand', ['n,1', '=1,4'], 'float32[n, 4]'],
    ['Expand', ['n,3', 'int64:3'], 'float32[?, ?, 3]'],
    ['Tile', ['n,3', '=1,2'], 'float32[n, 6]'],
    ['Concat', ['n,3', 'n,4'], 'float32[n, 7]', at({ axis: int(-1) })],
    ['Concat', ['n,3', 'm,3'], 'float32[?, 3]', at({ axis: int(0) })],
    [
      'Split',
      ['n,6', '=2,4'],
      ['float32[n, 2]', 'float32[n, 4]'],
      { outputs: 2, attributes: { axis: int(1) } },
    ],
    ['Split', ['6,n'], ['float32[3, n]', 'float32[3, n]'], { outputs: 2 }],
    [
      'Split',
      ['7'],
      ['float32[4]', 'float32[3]'],
      { outputs: 2, opset: 18, attributes: { num_outputs: int(2) } },
    ],
    ['Pad', ['n,3', '=0,1,0,2'], 'float32[n, 6]'],
    ['Pad', ['n,3', '=1,1', null, '=1'], 'float32[n, 5]', { opset: 18 }],
    ['SpaceToDepth', ['n,3,4,6'], 'float32[n, 12, 2, 3]', at({ blocksize: int(2) })],
    ['DepthToSpace', ['n,12,2,3'], 'float32[n, 3, 4, 6]', at({ blocksize: int(2) })],
    ['Resize', ['n,3,4,4', null, [1, 1, 2, 2.5]], 'float32[n, 3, 8, 10]'],
    ['Resize', ['n,3,4,4', null, null, '=2,3,8,9'], 'float32[2, 3, 8, 9]'],
    ['Resize', ['n,3,4', null, null, '=8'], 'float32[n, 3, 8]', at({ axes: ints(2) }, 18)],
  ],
  indexing: [
    ['Gather', ['10,4', 'int64:n,2'], 'float32[n, 2, 4]'],
    ['Gather', ['n,4', 'int64:'], 'float32[n]', at({ axis: int(1) })],
    ['GatherND', ['n,4,5', 'int64:n,2'], 'float32[n, 5]'],
    ['GatherElements', ['n,4', 'int64:n,2'], 'float32[n, 2]', at({ axis: int(1) })],
    ['ScatterND', ['n,4', 'int64:2,1', '2,4'], 'float32[n, 4]'],
    ['Slice', ['n,10', '=1', '=-1', '=1', '=2'], 'float32[n, 4]'],
    ['Slice', ['n,10', '=-1', '=-100', '=1', '=-1'], 'float32[n, 10]'],
    ['Slice', ['n,10', '=0,2', '=9223372036854775807,5'], 'float32[n, 3]'],
    ['Slice', ['n,10', '=0', '=9', '=1', '=9223372036854775807'], 'float32[n, 1]'],
    ['Slice', ['n,10', '=1', '=3'], 'float32[?, 10]'],
    ['Slice', ['n,10', 'int64:1', 'int64:1', '=1'], 'float32[n, ?]'],
    ['Slice', ['n,10'], 'float32[n, 2]', at({ starts: ints(3), ends: ints(5), axes: ints(1) }, 9)],
    ['OneHot', ['int64:n', '=7', [0, 1]], 'float32[n, 7]'],
    ['TopK', ['n,9', '=3'], ['float32[n, 3]', 'int64[n, 3]'], { outputs: 2 }],
    ['NonZero', ['n,9'], 'int64[2, ?]'],
    ['Range', ['int64:', 'int64:', 'int64:'], 'int64[?]'],
    ['Range', ['=2', '=7', '=2'], 'int64[3]'],
    ['Range', ['=9007199254740993', '=9007199254740995', '=1'], 'int64[?]'],
    ['GridSample', ['n,3,4,5', 'n,6,7,2'], 'float32[n, 3, 6, 7]'],
  ],
  makers: [
    ['Shape', ['n,3'], 'int64[2]'],
    ['Shape', ['n,3,4'], 'int64[1]', at({ start: int(-1) })],
    ['Size', ['n,3'], 'int64[]'],
    ['Constant', [], 'int64[2]', at({ value_ints: ints(1, 2) })],
    ['Constant', [], 'float32[]', at({ value_float: float(1) })],
    ['ConstantOfShape', ['=2,3'], 'float32[2, 3]'],
    ['ConstantOfShape', ['int64:2'], 'float32[?, ?]'],
    ['ConstantOfShape', ['int64:1000000000000'], 'float32'],
    ['EyeLike', ['3,3'], 'float64[3, 3]', at({ dtype: int(11) })],
    ['RandomNormal', [], 'float32[2, 2]', at({ shape: ints(2, 2) })],
  ],
  quantisation: [
    ['QuantizeLinear', ['n,3', '', 'int8:'], 'int8[n, 3]'],
    ['QuantizeLinear', ['n,3', ''], 'uint8[n, 3]'],
    ['DequantizeLinear', ['int8:n,3', ''], 'float32[n, 3]'],
    ['DequantizeLinear', ['int8:n,3', 'float16:'], 'float16[n, 3]', { opset: 19 }],
    ['DynamicQuantizeLinear', ['n,3'], ['uint8[n, 3]', 'float32[]', 'uint8[]'], { outputs: 3 }],
  ],
  'recurrent layers': [
    [
      'LSTM',
      ['s,b,3', '1,8,3', '1,8,2'],
      ['float32[s, 1, b, 2]', 'float32[1, b, 2]', 'float32[1, b, 2]'],
      { outputs: 3 },
    ],
    [
      'GRU',
      ['s,b,3', '2,6,3', '2,6,2'],
      ['float32[s, 2, b, 2]', 'float32[2, b, 2]'],
      { outputs: 2, attributes: { direction: string('bidirectional'), hidden_size: int(2) } },
    ],
    [
      'RNN',
      ['b,s,3', '1,2,3', '1,2,2'],
      ['float32[b, s, 1, 2]', 'float32[b, 1, 2]'],
      { outputs: 2, attributes: { layout: int(1) } },
    ],
  ],
};

describe('inferShapes', () => {
  describe.each(Object.entries(cases))('%s', (_, list) => {
    test.each(list)('%s of %j is %j', (...[op, inputs, expected, more]) => {
      expect(inferOne(op, inputs, more)).toEqual([expected].flat());
    });
  });

  test('an operator without a rule here has its type from the registry, and no shape', () => {
    expect(inferOne('MelWeightMatrix', ['int64:', 'int64:', 'int64:', '', ''])).toEqual(['?']);
    expect(
      inferOne('MaxUnpool', ['1,1,2,2', 'int64:1,1,2,2'], at({ kernel_shape: ints(2, 2) })),
    ).toEqual(['float32']);
  });

  test('follows a shape that the graph computes', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', ['batch', 'time', 4]);
    const constant = (name: string, ...values: number[]) =>
      g.initializer(name, 'int64', values, [values.length]);
    const shape = g.node('Shape', [x]);
    const head = g.node('Slice', [shape, constant('zero', 0), constant('two', 2)]);
    const width = g.node('Mul', [
      g.node('Gather', [shape, constant('last', 2)]),
      constant('eight', 8),
    ]);
    const wide = g.node('Concat', [head, g.node('Div', [width, constant('four', 4)])], {
      axis: int(0),
    });
    const half = g.initializer('half', new Float32Array(8), [8]);
    g.node('Add', [g.node('Expand', [half, wide]), half], {}, { output: 'y' });
    expect(printType(inferShapes(g.build()).types.get('y') ?? null)).toBe(
      'float32[batch, time, 8]',
    );
  });

  test('follows integers that a number does not hold as ends, and no further', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', ['batch', 5]);
    const largest = g.initializer('largest', 'int64', [2n ** 63n - 1n], []);
    const first = g.initializer('first', 'int64', [0], [1]);
    const second = g.initializer('second', 'int64', [1], [1]);
    const end = g.node('Unsqueeze', [largest, first], {}, { output: 'end' });
    g.node('Slice', [x, second, end, second], {}, { output: 'y' });
    g.node('Min', [end, second], {}, { output: 'least' });
    const { types, values } = inferShapes(g.build());
    expect(printType(types.get('y') ?? null)).toBe('float32[batch, 4]');
    expect([values('end'), values('least')]).toEqual([[null], [1]]);
  });

  test('an initializer that an input can replace is no constant since IR 4', () => {
    const build = (irVersion: number) => {
      const g = new GraphBuilder('g', { irVersion });
      const x = g.input('x', 'float32', [2, 3]);
      const shape = g.initializer('shape', 'int64', [3, 2], [2]);
      g.node('Reshape', [x, shape], {}, { output: 'y' });
      const type = { kind: 'tensor', dtype: 'int64', shape: [2] } as const;
      g.graph.inputs.push({ name: 'shape', type: { ...type, shape: [2] }, docString: '' });
      return printType(inferShapes(g.build()).types.get('y') ?? null);
    };
    expect(build(3)).toBe('float32[3, 2]');
    expect(build(8)).toBe('float32[?, ?]');
  });

  test('declared names stay, sizes are filled in, contradictions are problems', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', ['batch', 4]);
    const y = g.node('Identity', [x], {}, { output: 'y' });
    g.output(y, 'float32', ['rows', null]);
    expect(printType(inferShapes(g.build()).types.get('y') ?? null)).toBe('float32[rows, 4]');
    g.graph.outputs[0] = {
      name: 'y',
      type: { kind: 'tensor', dtype: 'float32', shape: ['b', 5] },
      docString: '',
    };
    expect(inferShapes(g.build()).problems).toMatchObject([
      { rule: 'shape-mismatch', severity: 'error' },
    ]);
  });

  test('types inside bodies are given by graph', () => {
    const model = sampleModels().get('loop');
    if (!model) throw new Error('no sample');
    const { bodies, types } = inferShapes(model);
    expect(bodies.size).toBe(1);
    const [[body, inner] = []] = [...bodies];
    expect(body?.name).toBe('body');
    expect([...(inner?.values() ?? [])].map(printType)).toEqual([
      'int64[]',
      'bool[]',
      'float32[2]',
      'bool[]',
      'float32[2]',
      'float32[2]',
    ]);
    expect(model.graph.outputs.map(({ name }) => printType(types.get(name) ?? null))).toEqual([
      'float32[2]',
      'float32[count, 2]',
    ]);
  });

  test('every sample is inferred fully', () => {
    for (const [name, model] of sampleModels()) {
      const { types, problems } = inferShapes(model);
      expect([name, problems]).toEqual([name, []]);
      for (const node of model.graph.nodes) {
        for (const output of node.outputs)
          expect([name, output, types.has(output)]).toEqual([name, output, true]);
      }
    }
  });

  test('ranks that double at every node end in a problem, not in memory', () => {
    const g = new GraphBuilder('g');
    let x = g.input('x', 'int64', [2, 2]);
    for (let i = 0; i < 200; i++) x = g.node('Gather', [x, x]);
    expect(inferShapes(g.build()).problems[0]?.message).toContain('more than 64');
  });
});
