import { attr } from '../attributes.ts';
import type { DType } from '../dtype.ts';
import { GraphBuilder } from '../graph-builder.ts';
import type { Attribute, Dim, Model, Node, ValueInfo } from '../ir.ts';
import type { Problem, Rule } from '../problem.ts';
import { tensorFromArray } from '../tensor.ts';
import { onnx, type proto } from '../wire/proto.ts';
import { writeModel } from '../wire/write-model.ts';
import { body, branches, node, zeros } from './changed-relu.ts';

/** A model that breaks one rule, as a file. */
export interface BrokenModel {
  name: string;
  rule: Rule;
  severity: Problem['severity'];
  bytes: Uint8Array;
  /** True where ONNX's Python checker accepts it, so that ours is the stricter one. */
  acceptedByOnnx: boolean;
}

/** y = Relu(x), the model that every case below is a small change of. */
function relu(): Model {
  const g = new GraphBuilder('g');
  const x = g.input('x', 'float32', ['n', 4]);
  g.output(g.node('Relu', [x], {}, { name: 'relu', output: 'y' }), 'float32', ['n', 4]);
  return g.build();
}

function info(name: string, dtype: DType, shape: Dim[] | null): ValueInfo {
  return { name, type: { kind: 'tensor', dtype, shape }, docString: '' };
}

const cases: BrokenModel[] = [];

/** A change of the model in memory. */
function broken(
  rule: Rule,
  name: string,
  change: (model: Model, node: Node) => void,
  more: Partial<BrokenModel> = {},
): void {
  const model = relu();
  change(model, model.graph.nodes[0] as Node);
  add(rule, name, writeModel(model), more);
}

/** A change of the message, for what the in-memory form cannot hold. */
function brokenMessage(
  rule: Rule,
  name: string,
  change: (message: proto.IModelProto, graph: proto.IGraphProto) => void,
  more: Partial<BrokenModel> = {},
): void {
  const message = onnx.ModelProto.decode(writeModel(relu()));
  change(message, message.graph as proto.IGraphProto);
  add(rule, name, onnx.ModelProto.encode(message).finish(), more);
}

function add(rule: Rule, name: string, bytes: Uint8Array, more: Partial<BrokenModel>): void {
  const plain = new Uint8Array(bytes);
  cases.push({ name, rule, severity: 'error', bytes: plain, acceptedByOnnx: false, ...more });
}

const stricter = { acceptedByOnnx: true };
const warning = { acceptedByOnnx: true, severity: 'warning' } as const;

add('readable', 'no protobuf', new TextEncoder().encode('this is not a model'), {});
add('readable', 'cut off', writeModel(relu()).slice(0, -5), {});
brokenMessage('readable', 'no graph', (message) => {
  message.graph = null;
});
const unknown = { severity: 'unknown' } as const;
brokenMessage(
  'known',
  'sparse initializer without content',
  (_, graph) => {
    graph.sparseInitializer = [{}];
  },
  unknown,
);
brokenMessage('readable', 'tensor without a type', (_, graph) => {
  graph.initializer = [{ name: 'w', dims: [1], floatData: [1] }];
});
brokenMessage('readable', 'raw data too short', (_, graph) => {
  graph.initializer = [{ name: 'w', dims: [2, 2], dataType: 1, rawData: new Uint8Array(12) }];
});
brokenMessage('readable', 'typed data too short', (_, graph) => {
  graph.initializer = [{ name: 'w', dims: [2, 2], dataType: 1, floatData: [1, 2, 3] }];
});
brokenMessage('readable', 'values in two places', (_, graph) => {
  const rawData = new Uint8Array(4);
  graph.initializer = [{ name: 'w', dims: [1], dataType: 1, floatData: [1], rawData }];
});
brokenMessage('readable', 'attribute with the value of another type', (_, graph) => {
  (graph.node as proto.INodeProto[])[0] = {
    opType: 'LeakyRelu',
    input: ['x'],
    output: ['y'],
    attribute: [{ name: 'alpha', type: 1, i: 1 }],
  };
});

broken(
  'known',
  'IR from the future',
  (model) => {
    model.irVersion = 99;
  },
  unknown,
);
brokenMessage('ir-version', 'no IR version', (message) => {
  message.irVersion = null;
});
broken('opset-imports', 'no operator set', (model) => model.opsets.clear());
broken('opset-imports', 'operator set for a domain is missing', (_, only) => {
  only.domain = 'com.microsoft';
});
broken('opset-imports', 'version 0', (model) => model.opsets.set('', 0));
broken('opset-imports', 'operator sets in IR 2', (model) => {
  model.irVersion = 2;
});
broken('opset-imports', 'newer than known', (model) => model.opsets.set('', 99), warning);
brokenMessage(
  'opset-imports',
  'one domain twice',
  (message) => message.opsetImport?.push({ domain: '', version: 13 }),
  stricter,
);
broken('opset-ir', 'IR older than its operator set', (model) => model.opsets.set('', 22), warning);

brokenMessage('unique-metadata', 'one key twice', (message) => {
  message.metadataProps = [
    { key: 'a', value: '1' },
    { key: 'a', value: '2' },
  ];
});
brokenMessage('unique-initializers', 'one name twice', (_, graph) => {
  const tensor = { name: 'w', dims: [1], dataType: 1, floatData: [1] };
  graph.initializer = [tensor, tensor];
});
brokenMessage('unique-attributes', 'one attribute twice', (_, graph) => {
  const only = graph.node?.[0] as proto.INodeProto;
  only.opType = 'LeakyRelu';
  const alpha = { name: 'alpha', type: 1, f: 0.1 };
  only.attribute = [alpha, alpha];
});
brokenMessage(
  'unique-value-info',
  'two types for one value',
  (_, graph) => {
    graph.valueInfo = [1, 2].map((elemType) => ({ name: 'v', type: { tensorType: { elemType } } }));
  },
  stricter,
);

broken('names', 'graph without a name', (model) => {
  model.graph.name = '';
});
broken('names', 'input without a name', (model) => {
  model.graph.inputs.push(info('', 'float32', [1]));
});
broken('names', 'initializer without a name', (model) => {
  model.graph.initializers.set('', zeros('', [1]));
});
broken('names', 'node without an operator', (_, only) => {
  only.opType = '';
});
broken('names', 'attribute without a name', (_, only) => {
  only.attributes.set('', attr.int(1));
});
broken('types', 'input without a type', (model) => {
  model.graph.inputs.push({ name: 'z', type: { kind: 'unknown' }, docString: '' });
});
broken('types', 'input without a shape', (model) => {
  model.graph.inputs[0] = info('x', 'float32', null);
});
broken('types', 'output without a shape', (model) => {
  model.graph.outputs[0] = info('y', 'float32', null);
});
broken('types', 'sequence of nothing', (model) => {
  const type = { kind: 'sequence', element: null } as const;
  model.graph.inputs.push({ name: 'z', type, docString: '' });
});
broken('initializers-are-inputs', 'IR 3 with a free initializer', (model) => {
  model.irVersion = 3;
  model.graph.initializers.set('w', zeros('w', [1]));
});

broken('ssa', 'one output name twice', (model) => {
  model.graph.nodes.push(node('Neg', ['x'], ['y']));
});
broken('ssa', 'output named as an input', (model, only) => {
  only.outputs = ['x'];
  model.graph.outputs = [info('x', 'float32', ['n', 4])];
});
broken('ssa', 'output named as an initializer', (model) => {
  model.graph.initializers.set('w', zeros('w', [1]));
  model.graph.nodes.push(node('Neg', ['x'], ['w']));
});
broken('ssa', 'two inputs of one name', (model) => {
  model.graph.inputs.push(info('x', 'float32', ['n', 4]));
});
broken('ssa', 'body redefines an outer value', (model) => {
  const out = info('x', 'float32', null);
  const fine = body([node('Neg', ['x'], ['o'])], [info('o', 'float32', null)]);
  branches(model, body([node('Relu', ['x'], ['x'])], [out]), fine);
});
broken('topological-order', 'unknown input', (_, only) => {
  only.inputs = ['nowhere'];
});
broken('topological-order', 'used before it is made', (model) => {
  model.graph.nodes.unshift(node('Neg', ['y'], ['z']));
});
broken('topological-order', 'a body’s value used outside', (model) => {
  const inner = (name: string) =>
    body([node('Neg', ['x'], [name])], [info(name, 'float32', ['n', 4])]);
  branches(model, inner('a'), inner('b'));
  model.graph.nodes.push(node('Neg', ['a'], ['z']));
});
broken('graph-outputs', 'never made', (model) => {
  model.graph.outputs.push(info('z', 'float32', ['n', 4]));
});
broken('graph-outputs', 'a body gives an outer value', (model) => {
  const fine = body([node('Neg', ['x'], ['o'])], [info('o', 'float32', null)]);
  branches(model, body([], [info('x', 'float32', null)]), fine);
});
broken(
  'graph-outputs',
  'listed twice',
  (model) => void model.graph.outputs.push(info('y', 'float32', ['n', 4])),
  warning,
);

broken('operator', 'no such operator', (_, only) => {
  only.opType = 'Rectify';
});
broken('operator', 'newer than the operator set', (model, only) => {
  only.opType = 'Mish';
  model.opsets.set('', 17);
});
broken('operator', 'deprecated', (model, only) => {
  only.opType = 'Upsample';
  only.inputs = ['x', 's'];
  model.graph.initializers.set('s', zeros('s', [2]));
});
broken(
  'operator',
  'a domain that nobody allowed',
  (model, only) => {
    only.domain = 'org.example';
    model.opsets.set('org.example', 1);
  },
  warning,
);
broken('arity', 'too many inputs', (_, only) => {
  only.inputs = ['x', 'x'];
});
broken('arity', 'too few inputs', (_, only) => {
  only.opType = 'Add';
});
broken('arity', 'too many outputs', (_, only) => {
  only.outputs = ['y', 'z'];
});
broken('arity', 'a required input is left out', (_, only) => {
  only.opType = 'Add';
  only.inputs = ['', 'x'];
});
broken('arity', 'a required output is left out', (model) => {
  model.graph.nodes.push(node('Neg', ['x'], ['']));
});
broken('arity', 'neither inputs nor outputs', (model) => {
  model.graph.nodes.push(node('Constant', [], []));
});
broken('attributes', 'unknown attribute', (_, only) => {
  only.attributes.set('alpha', attr.float(1));
});
broken('attributes', 'of another type', (_, only) => {
  only.opType = 'LeakyRelu';
  only.attributes.set('alpha', attr.int(1));
});
broken('attributes', 'required one missing', (_, only) => {
  only.opType = 'Cast';
});
broken('attributes', 'gone since an older operator set', (model, only) => {
  only.opType = 'Squeeze';
  only.attributes.set('axes', attr.ints([0]));
  model.graph.inputs[0] = info('x', 'float32', [1, 'n', 4]);
});

broken('type-constraints', 'a type that the operator does not take', (model, only) => {
  only.opType = 'Sqrt';
  model.graph.inputs[0] = info('x', 'int64', ['n', 4]);
  model.graph.outputs[0] = info('y', 'int64', ['n', 4]);
});
broken('type-constraints', 'inputs of two types', (model, only) => {
  only.opType = 'Add';
  only.inputs = ['x', 'z'];
  model.graph.inputs.push(info('z', 'float64', ['n', 4]));
});
broken('type-mismatch', 'output declared as another type', (model) => {
  model.graph.outputs[0] = info('y', 'float64', ['n', 4]);
});
broken('type-mismatch', 'initializer of another type than its input', (model) => {
  model.graph.initializers.set('x', tensorFromArray('x', 'int64', [1, 2, 3, 4], [1, 4]));
});
broken('type-mismatch', 'branches that give different numbers of values', (model) => {
  const out = info('o', 'float32', ['n', 4]);
  const two = [node('Neg', ['x'], ['o']), node('Neg', ['x'], ['p'])];
  const outs = [out, info('p', 'float32', ['n', 4])];
  branches(model, body([node('Neg', ['x'], ['o'])], [out]), body(two, outs));
});
broken('type-constraints', 'a Constant of integers before version 9', (model, only) => {
  model.opsets.set('', 8);
  only.opType = 'Constant';
  only.inputs = [];
  only.attributes.set('value', {
    type: 'tensor',
    value: tensorFromArray('', 'int64', [1, 2, 3, 4], [1, 4]),
  });
  model.graph.outputs[0] = info('y', 'int64', [1, 4]);
});
broken('shape-mismatch', 'output declared with another size', (model) => {
  model.graph.outputs[0] = info('y', 'float32', ['n', 5]);
});
broken('shape-mismatch', 'output declared with another rank', (model) => {
  model.graph.outputs[0] = info('y', 'float32', ['n', 4, 1]);
});
broken('shape-mismatch', 'intermediate declared with another size', (model) => {
  model.graph.nodes.push(node('Neg', ['y'], ['z']));
  model.graph.valueInfo.set('z', info('z', 'float32', ['n', 3]));
});

/** An operator given inputs whose shapes (`2x3 4x5`) do not fit; `ints` is an input more. */
function misfit(
  opType: string,
  shapes: string,
  {
    attributes = {},
    ints,
    ...more
  }: Partial<BrokenModel> & {
    attributes?: Record<string, Attribute>;
    ints?: number[];
  } = {},
): void {
  const name = `${opType} of ${shapes}${ints ? ` and [${ints}]` : ''}`;
  const change = (model: Model, only: Node) => {
    only.opType = opType;
    only.attributes = new Map(Object.entries(attributes));
    const inputs = shapes.split(' ').map((shape) => shape.split('x').map(Number));
    model.graph.inputs = inputs.map((dims, i) => info(`x${i}`, 'float32', dims));
    only.inputs = model.graph.inputs.map((input) => input.name);
    if (ints) {
      only.inputs.push('ints');
      const tensor = tensorFromArray('ints', 'int64', ints, [ints.length]);
      model.graph.initializers.set('ints', tensor);
    }
    const rank = opType === 'Conv' ? 4 : 2;
    model.graph.outputs[0] = info('y', 'float32', Array<Dim>(rank).fill(null));
  };
  broken('shape-mismatch', name, change, more);
}

misfit('Add', '2x3 2x4');
misfit('MatMul', '2x3 4x5');
misfit('Gemm', '2x3 4x5');
misfit('Gemm', '2x3x1 3x5');
misfit('Conv', '1x3x8x8 4x2x3x3', stricter);
misfit('Concat', '2x3 3x3', { attributes: { axis: attr.int(1) } });
misfit('Concat', '2x3 2x3x1', { attributes: { axis: attr.int(1) } });
misfit('Transpose', '2x3', { attributes: { perm: attr.ints([0, 0]) } });
misfit('ReduceMean', '2x3', { attributes: { axes: attr.ints([2]) } });
misfit('Flatten', '2x3', { attributes: { axis: attr.int(3) } });
misfit('Reshape', '2x3', { ints: [4, 2], ...stricter });
misfit('Reshape', '2x3', { ints: [4, -1] });
misfit('Squeeze', '2x3', { ints: [0] });
misfit('Expand', '2x3', { ints: [2, 4] });
misfit('Split', '2x3', { attributes: { axis: attr.int(1) }, ints: [4] });
misfit('Einsum', '2x3 4x5', {
  attributes: { equation: attr.string('ij,jk->ik') },
  ...stricter,
});

/** At least one model for each rule. */
export const brokenModels: readonly BrokenModel[] = cases;
