import { attr } from '../attributes.ts';
import { GraphBuilder } from '../graph-builder.ts';
import type { Model } from '../ir.ts';
import { tensorFromArray } from '../tensor.ts';

/**
 * Valid models for tests that share no code with their makers: each is accepted by ONNX's checker (see
 * test/outside) and together they use every kind of thing that a file can hold.
 */
export function sampleModels(opset = 17, irVersion = 8): Map<string, Model> {
  const options = { opset, irVersion };
  return new Map(
    Object.entries({
      mlp: mlp(options),
      convolution: convolution(options),
      recurrent: recurrent(options),
      branch: branch(options),
      loop: loop(options),
      scan: scan(options),
      shapes: shapes(options),
      quantized: quantized(options),
      types: types(options),
      strings: strings(options),
      sequences: sequences(options),
      notes: notes(options),
    }),
  );
}

interface Options {
  opset: number;
  irVersion: number;
}

const ramp = (length: number, scale = 0.1) =>
  Float32Array.from({ length }, (_, i) => (i - length / 2) * scale);

/** Dense layers, with two outputs and a Softmax. */
function mlp(options: Options): Model {
  const g = new GraphBuilder('mlp', options);
  const x = g.input('x', 'float32', ['batch', 6]);
  const w1 = g.initializer('w1', ramp(24), [6, 4]);
  const b1 = g.initializer('b1', ramp(4), [4]);
  const w2 = g.initializer('w2', ramp(12), [3, 4]);
  const hidden = g.node('Relu', [g.node('Gemm', [x, w1, b1], {}, { name: 'fc1' })]);
  const logits = g.node('Gemm', [hidden, w2], { transB: attr.int(1), alpha: attr.float(0.5) });
  g.output(g.node('Softmax', [logits], { axis: attr.int(-1) }), 'float32', ['batch', 3], 'y');
  g.output(hidden, 'float32', ['batch', 4]);
  return g.build();
}

/** Convolution, pooling, normalisation, transposed convolution. */
function convolution(options: Options): Model {
  const g = new GraphBuilder('convolution', options);
  const x = g.input('x', 'float32', ['n', 2, 8, 8]);
  const w = g.initializer('w', ramp(3 * 2 * 9), [3, 2, 3, 3]);
  const pads = attr.ints([1, 1, 1, 1]);
  let y = g.node('Conv', [x, w], { pads, strides: attr.ints([2, 2]) });
  const ones = g.initializer('ones', new Float32Array(3).fill(1), [3]);
  const zeros = g.initializer('zeros', new Float32Array(3), [3]);
  y = g.node('BatchNormalization', [y, ones, zeros, zeros, ones]);
  const pool = { kernel_shape: attr.ints([2, 2]), strides: attr.ints([2, 2]) };
  const small = g.node('MaxPool', [y], pool);
  const up = g.initializer('up', ramp(3 * 2 * 4), [3, 2, 2, 2]);
  const large = g.node('ConvTranspose', [small, up], { strides: attr.ints([2, 2]) });
  const flat = g.node('Flatten', [large]);
  g.output(flat, 'float32', ['n', 32]);
  g.output(g.node('GlobalAveragePool', [y]), 'float32', ['n', 3, 1, 1]);
  return g.build();
}

function recurrent(options: Options): Model {
  const g = new GraphBuilder('recurrent', options);
  const x = g.input('x', 'float32', ['steps', 'batch', 3]);
  const w = g.initializer('w', ramp(8 * 3), [1, 8, 3]);
  const r = g.initializer('r', ramp(8 * 2), [1, 8, 2]);
  const [all, last] = g.node('LSTM', [x, w, r], { hidden_size: attr.int(2) }, { outputs: 2 });
  g.output(all as string, 'float32', ['steps', 1, 'batch', 2]);
  g.output(last as string, 'float32', [1, 'batch', 2]);
  return g.build();
}

function branch(options: Options): Model {
  const g = new GraphBuilder('branch', options);
  const x = g.input('x', 'float32', ['batch', 2]);
  const c = g.input('c', 'bool', []);
  const body = (name: string, opType: string) => {
    const inner = new GraphBuilder(name, { outer: g });
    inner.output(inner.node(opType, [x]), 'float32', ['batch', 2]);
    return attr.graph(inner.buildGraph());
  };
  const branches = { then_branch: body('then', 'Relu'), else_branch: body('else', 'Neg') };
  g.output(g.node('If', [c], branches), 'float32', ['batch', 2]);
  return g.build();
}

function loop(options: Options): Model {
  const g = new GraphBuilder('loop', options);
  const x = g.input('x', 'float32', [2]);
  const count = g.initializer('count', BigInt64Array.of(3n), []);
  const go = g.initializer('go', 'bool', [true], []);
  const inner = new GraphBuilder('body', { outer: g });
  inner.input('i', 'int64', []);
  const condition = inner.input('condition', 'bool', []);
  const state = inner.input('state', 'float32', [2]);
  inner.output(inner.node('Identity', [condition]), 'bool', []);
  const next = inner.node('Add', [state, x]);
  inner.output(next, 'float32', [2]);
  inner.output(inner.node('Mul', [next, next]), 'float32', [2]);
  const body = { body: attr.graph(inner.buildGraph()) };
  const [last, all] = g.node('Loop', [count, go, x], body, { outputs: 2 });
  g.output(last as string, 'float32', [2]);
  g.output(all as string, 'float32', ['count', 2]);
  return g.build();
}

function scan(options: Options): Model {
  const g = new GraphBuilder('scan', options);
  const start = g.input('start', 'float32', [2]);
  const xs = g.input('xs', 'float32', ['steps', 2]);
  const inner = new GraphBuilder('body', { outer: g });
  const state = inner.input('state', 'float32', [2]);
  const x = inner.input('x', 'float32', [2]);
  const next = inner.node('Add', [state, x]);
  inner.output(next, 'float32', [2]);
  inner.output(inner.node('Identity', [next]), 'float32', [2]);
  const attributes = { body: attr.graph(inner.buildGraph()), num_scan_inputs: attr.int(1) };
  const [last, all] = g.node('Scan', [start, xs], attributes, { outputs: 2 });
  g.output(last as string, 'float32', [2]);
  g.output(all as string, 'float32', ['steps', 2]);
  return g.build();
}

/** A reshape whose target the graph computes, and the operators that move elements. */
function shapes(options: Options): Model {
  const g = new GraphBuilder('shapes', options);
  const x = g.input('x', 'float32', ['batch', 3, 4]);
  const ints = (name: string, ...values: number[]) =>
    g.initializer(name, 'int64', values, [values.length]);
  const zero = ints('zero', 0);
  const batch = g.node('Gather', [g.node('Shape', [x]), zero]);
  const target = g.node('Concat', [batch, ints('twelve', 12)], { axis: attr.int(0) });
  const flat = g.node('Reshape', [x, target]);
  g.output(flat, 'float32', ['batch', 12]);
  const part = g.node('Slice', [flat, zero, ints('six', 6), ints('one', 1)]);
  const back = g.node('Transpose', [part], { perm: attr.ints([1, 0]) });
  g.output(g.node('Unsqueeze', [back, zero]), 'float32', [1, 6, 'batch']);
  const [a, b] = g.node(
    'Split',
    [flat, ints('sizes', 4, 8)],
    { axis: attr.int(1) },
    { outputs: 2 },
  );
  const sum = g.node('ReduceSum', [b as string, ints('last', -1)], { keepdims: attr.int(1) });
  g.output(g.node('Add', [a as string, sum]), 'float32', ['batch', 4]);
  const tiled = g.node('Tile', [part, ints('repeats', 1, 2)]);
  g.output(g.node('Pad', [tiled, ints('pads', 0, 1, 0, 1)]), 'float32', ['batch', 14]);
  const [top, at] = g.node('TopK', [flat, ints('k', 2)], {}, { outputs: 2 });
  g.output(top as string, 'float32', ['batch', 2]);
  g.output(at as string, 'int64', ['batch', 2]);
  g.output(g.node('ArgMax', [flat], { axis: attr.int(1) }), 'int64', ['batch', 1]);
  return g.build();
}

/** Weights in int8, activations quantised as they come. */
function quantized(options: Options): Model {
  const g = new GraphBuilder('quantized', options);
  const x = g.input('x', 'float32', ['batch', 4]);
  const w = g.initializer(
    'w',
    Int8Array.from({ length: 8 }, (_, i) => i - 4),
    [4, 2],
  );
  const wScale = g.initializer('w_scale', Float32Array.of(0.05), []);
  const outputs = ['x_q', 'x_scale', 'x_zero'];
  const [q, scale, zero] = g.node('DynamicQuantizeLinear', [x], {}, { outputs }) as [
    string,
    string,
    string,
  ];
  const product = g.node('MatMulInteger', [q, w, zero]);
  const float = g.node('Cast', [product], { to: attr.int(1) });
  const y = g.node('Mul', [float, g.node('Mul', [scale, wScale])]);
  g.output(y, 'float32', ['batch', 2]);
  return g.build();
}

/** A constant of every element type, one of each rank up to 3, an empty one among them. */
function types(options: Options): Model {
  const g = new GraphBuilder('types', options);
  const x = g.input('x', 'float32', [2]);
  const constants = [
    g.initializer('f64', Float64Array.of(1, 2), [2]),
    g.initializer('f16', 'float16', [0x3c00, 0x4000], [2]),
    g.initializer('u8', Uint8Array.of(1, 255), [2]),
    g.initializer('i8', Int8Array.of(-1, 127), [2]),
    g.initializer('u16', Uint16Array.of(1, 65535), [2]),
    g.initializer('i16', Int16Array.of(-1, 2), [1, 2]),
    g.initializer('i32', Int32Array.of(-1, 2), [2, 1]),
    g.initializer('u32', Uint32Array.of(1, 0xffffffff), [1, 1, 2]),
    g.initializer('i64', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n), [2]),
    g.initializer('u64', BigUint64Array.of(0n, 2n ** 64n - 1n), [2]),
    g.initializer('flags', 'bool', [true, false], [2]),
    g.initializer('nothing', 'float32', [], [0, 3]),
  ];
  let y = x;
  for (const constant of constants) {
    const dims = g.graph.initializers.get(constant)?.dims ?? [];
    const float = g.node('Cast', [constant], { to: attr.int(1) });
    if (!dims.includes(0)) y = g.node('Add', [y, float]);
    else g.output(float, 'float32', [0, 3]);
  }
  const tensor = tensorFromArray('', 'float32', [1, 2, 3], [3]);
  g.output(g.node('Constant', [], { value: attr.tensor(tensor) }), 'float32', [3]);
  g.output(y, 'float32', [1, 2, 2]);
  return g.build();
}

function strings(options: Options): Model {
  const g = new GraphBuilder('strings', options);
  g.input('x', 'string', [2]);
  const words = g.initializer('words', 'string', ['', 'Größe', '日本', '\u{1f600}'], [4]);
  g.output(g.node('Concat', ['x', words], { axis: attr.int(0) }), 'string', [6]);
  const note = g.node('Constant', [], { value_string: attr.string('naïve') });
  g.output(note, 'string', []);
  return g.build();
}

function sequences(options: Options): Model {
  const g = new GraphBuilder('sequences', options);
  const x = g.input('x', 'float32', ['a', 2]);
  const y = g.input('y', 'float32', ['b', 2]);
  const list = g.node('SequenceConstruct', [x, y]);
  g.output(g.node('ConcatFromSequence', [list], { axis: attr.int(0) }), 'float32', [null, 2]);
  g.graph.outputs.push({
    name: list,
    type: { kind: 'sequence', element: { kind: 'tensor', dtype: 'float32', shape: null } },
    docString: '',
  });
  return g.build();
}

/** Everything that carries text and says nothing to the runtime. */
function notes(options: Options): Model {
  const g = new GraphBuilder('notes', {
    ...options,
    producerName: 'somebody',
    producerVersion: '1.2',
    docString: 'A model.\nIn two lines.',
    metadata: { b: '2', a: '1', '': 'empty key' },
  });
  const x = g.input('x', 'float32', ['n']);
  g.output(g.node('Relu', [x], {}, { name: 'relu', docString: 'the node' }), 'float32', ['n'], 'y');
  const model = g.build();
  model.domain = 'org.example';
  model.modelVersion = 3;
  model.graph.docString = 'the graph';
  const [input, hidden] = [model.graph.inputs[0], model.graph.nodes[0]?.outputs[0] ?? ''];
  if (input) input.docString = 'the input';
  model.graph.valueInfo.set(hidden, {
    name: hidden,
    type: { kind: 'tensor', dtype: 'float32', shape: ['n'] },
    docString: 'in between',
  });
  return model;
}
