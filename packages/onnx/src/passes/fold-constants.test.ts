import { expect } from '@jest/globals';
import { attr } from '../attributes.ts';
import { tensorFromArray, tensorToArray } from '../tensor.ts';
import { describePass } from '../testing/describe-pass.ts';
import { initializer } from '../testing/run-passes.ts';
import { foldConstants } from './fold-constants.ts';

describePass(foldConstants, {
  fires: {
    'shapes that are known': {
      build(g) {
        const x = g.x([2, 3, 4]);
        const shape = g.node('Shape', [x]);
        const rows = g.node('Gather', [shape, g.longs([0])], { axis: attr.int(0) });
        const rest = g.node('ReduceProd', [g.node('Slice', [shape, g.longs([1]), g.longs([3])])]);
        const target = g.node('Concat', [rows, rest], { axis: attr.int(0) });
        g.y(g.node('Reshape', [x, target]));
      },
      becomes: ['Reshape'],
      check(model) {
        const target = initializer(model, model.graph.nodes[0]?.inputs[1]);
        expect([...tensorToArray(target)]).toEqual([2n, 12n]);
      },
    },
    'a size picked from a shape with a named batch': {
      build(g) {
        const x = g.x(['batch', 5]);
        const size = g.node('Gather', [g.node('Shape', [x]), g.longs([1])]);
        g.y(g.node('Mul', [x, g.node('Cast', [size], { to: attr.int(1) })]));
      },
      becomes: ['Mul'],
    },
    'arithmetic on constants, rounded as float32': {
      build(g) {
        const x = g.x(['batch', 3, 2]);
        const a = g.node('Mul', [g.weight([2, 3]), g.weight([3])]);
        const b = g.node('Sub', [g.node('Div', [a, g.weight([2, 1])]), g.scalar(0.1)]);
        const c = g.node('Add', [g.node('Sqrt', [g.node('Abs', [b])]), g.scalar(1e8)]);
        const d = g.node('Where', [g.node('Greater', [c, g.scalar(0)]), c, b]);
        g.y(g.node('Mul', [x, g.node('Transpose', [d])]));
      },
      becomes: ['Mul'],
    },
    'movement of constants': {
      build(g) {
        const x = g.x(['batch', 12]);
        let v = g.weight([2, 3, 4]);
        v = g.node('Transpose', [v], { perm: attr.ints([2, 0, 1]) });
        v = g.node('Slice', [
          v,
          g.longs([3, 0]),
          g.longs([-9, 2]),
          g.longs([0, 2]),
          g.longs([-1, 1]),
        ]);
        v = g.node('Pad', [v, g.longs([0, 1, 0, 0, 0, 1]), g.scalar(7)]);
        v = g.node('Concat', [v, g.node('Expand', [g.weight([1, 1, 3]), g.longs([4, 3, 1])])], {
          axis: attr.int(-1),
        });
        v = g.node('Gather', [v, g.longs([2, 0, -1, 1])], { axis: attr.int(2) });
        v = g.node('Tile', [g.node('Unsqueeze', [v, g.longs([0])]), g.longs([2, 1, 1, 1])]);
        v = g.node('ReduceSum', [v, g.longs([0])], { keepdims: attr.int(0) });
        v = g.node('Reshape', [g.node('Squeeze', [g.node('Flatten', [v])]), g.longs([12, -1])]);
        g.y(g.node('MatMul', [x, v]));
      },
      becomes: ['MatMul'],
      tolerance: 1e-6,
    },
    'functions and products of constants': {
      build(g) {
        const x = g.x(['batch', 3]);
        let v = g.node('MatMul', [g.weight([3, 5]), g.weight([5, 4])]);
        v = g.node('Tanh', [g.node('Sigmoid', [g.node('Exp', [v])])]);
        v = g.node('Gemm', [v, g.weight([2, 4])], { transB: attr.int(1), alpha: attr.float(0.5) });
        v = g.node('ReduceMean', [g.node('Softplus', [v])], { axes: attr.ints([1]) });
        v = g.node('Max', [v, g.node('Clip', [g.weight([3, 1]), g.scalar(-1), g.scalar(1)])]);
        g.y(g.node('MatMul', [x, v]));
      },
      becomes: ['MatMul'],
      tolerance: 1e-6,
    },
    'Constant nodes and filled tensors': {
      build(g) {
        const x = g.x(['batch', 3]);
        const a = g.node('Constant', [], { value_floats: attr.floats([1, 2, 3]) });
        const fill = attr.tensor(tensorFromArray('', 'float32', [2], [1]));
        const b = g.node('ConstantOfShape', [g.longs([1, 3])], { value: fill });
        g.y(g.node('Mul', [g.node('Add', [x, a]), b]));
      },
      becomes: ['Add', 'Mul'],
    },
    'a large constant that replaces one as large': {
      build(g) {
        const x = g.x(['batch', 200]);
        g.y(g.node('MatMul', [x, g.node('Transpose', [g.weight([100, 200])])]));
      },
      becomes: ['MatMul'],
    },
    'integers with their own division': {
      build(g) {
        const x = g.input('x', 'int64', ['batch', 4]);
        g.y(
          g.node('Add', [x, g.node('Div', [g.longs([7, -7, 7, -7]), g.longs([2, 2, -2, -2])])]),
          'int64',
        );
      },
      becomes: ['Add'],
    },
    'sizes that are divided as floats': {
      build(g) {
        const x = g.input('x', 'int64', [5]);
        const size = g.node('Cast', [g.node('Shape', [x])], { to: attr.int(1) });
        const two = g.node('Cast', [g.longs([2])], { to: attr.int(1) });
        const again = g.node('Mul', [g.node('Div', [size, two]), two]);
        g.y(g.node('Add', [x, g.node('Cast', [again], { to: attr.int(7) })]), 'int64');
      },
      becomes: ['Add'],
    },
    'sizes as booleans': {
      build(g) {
        const x = g.input('x', 'int64', [5]);
        const any = g.node('Cast', [g.node('Shape', [x])], { to: attr.int(9) });
        g.y(g.node('Add', [x, g.node('Cast', [any], { to: attr.int(7) })]), 'int64');
      },
      becomes: ['Add'],
    },
    'the largest of three': {
      build(g) {
        const x = g.input('x', 'int64', ['batch']);
        g.y(
          g.node('Add', [
            x,
            g.node(
              'Max',
              [[1], [2], [3]].map((n) => g.longs(n)),
            ),
          ]),
          'int64',
        );
      },
      becomes: ['Add'],
    },
  },
  spares: {
    'a batch size that is not known': {
      build(g) {
        const x = g.x(['batch', 3]);
        const size = g.node('Shape', [x], { start: attr.int(0), end: attr.int(1) });
        g.y(
          g.node('Expand', [
            g.node('Abs', [g.x([1, 3], 'v')]),
            g.node('Concat', [size, g.longs([3])], { axis: attr.int(0) }),
          ]),
        );
      },
    },
    'a default that a caller may override': {
      build(g) {
        const x = g.x([2]);
        g.y(g.node('Abs', [g.node('Neg', [x])]));
        g.graph.initializers.set('x', tensorFromArray('x', 'float32', [1, 2], [2]));
      },
    },
    'a constant that would grow beyond the limit': {
      build(g) {
        const x = g.x(['batch', 1000, 50]);
        g.y(g.node('Sub', [g.node('Expand', [g.weight([1, 50]), g.longs([1000, 50])]), x]));
      },
    },
    'a transposed constant that is used as it is too': {
      build(g) {
        const x = g.x(['batch', 200]);
        const w = g.weight([200, 200]);
        g.y(g.node('MatMul', [g.node('MatMul', [x, w]), g.node('Transpose', [w])]));
      },
    },
    'random numbers': {
      build(g) {
        const noise = g.node('RandomNormal', [], { shape: attr.ints([3]), seed: attr.float(1) });
        g.y(g.node('Add', [g.x(['batch', 3]), noise]));
      },
    },
    'what is an error at run time': {
      build(g) {
        const x = g.input('x', 'int64', ['batch']);
        g.y(g.node('Add', [x, g.node('Div', [g.longs([1]), g.longs([0])])]), 'int64');
        g.y(g.node('Add', [x, g.node('Gather', [g.longs([1]), g.longs([5])])]), 'int64');
      },
    },
    'integers that overflow': {
      build(g) {
        const x = g.input('x', 'int32', ['batch']);
        const big = g.initializer('big', Int32Array.of(2 ** 31 - 1), [1]);
        g.y(g.node('Add', [x, g.node('Add', [big, big])]), 'int32');
      },
    },
    'integers that an int32 cuts off': {
      build(g) {
        const x = g.input('x', 'int64', ['batch']);
        const cut = g.node('Cast', [g.longs([2 ** 32 + 1])], { to: attr.int(6) });
        g.y(g.node('Add', [x, g.node('Cast', [cut], { to: attr.int(7) })]), 'int64');
      },
    },
    'integers that a number does not hold': {
      build(g) {
        const x = g.input('x', 'int64', ['batch']);
        const odd = g.initializer('odd', BigInt64Array.of(2n ** 53n + 1n), []);
        const largest = g.initializer('largest', BigInt64Array.of(2n ** 63n - 1n), [1]);
        const fill = attr.tensor(tensorFromArray('', 'int64', [2n ** 53n + 1n], [1]));
        for (const [op, inputs, attributes] of [
          ['Unsqueeze', [odd, g.longs([0])], {}],
          ['Squeeze', [largest, g.longs([0])], {}],
          ['ConstantOfShape', [g.longs([1])], { value: fill }],
          ['Div', [largest, g.longs([2 ** 40])], {}],
          ['Sub', [odd, g.longs([2])], {}],
        ] as const) {
          g.y(g.node('Add', [x, g.node(op, inputs, attributes)]), 'int64');
        }
        const even = g.initializer('even', BigInt64Array.of(2n ** 53n), [1]);
        const same = g.node('Equal', [odd, even]);
        g.y(g.node('Add', [x, g.node('Cast', [same], { to: attr.int(7) })]), 'int64');
      },
    },
    'the node that gives an output': {
      build(g) {
        g.x(['batch']);
        g.y(g.node('Neg', [g.weight([2])]));
      },
    },
  },
});
