import { expect, test } from '@jest/globals';
import { attr } from '../attributes.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { optimize } from '../optimize.ts';
import { printModel } from '../print/print-model.ts';
import { describePass } from '../testing/describe-pass.ts';
import type { TestGraph } from '../testing/run-passes.ts';
import { pushTransposes } from './push-transposes.ts';

const toNchw = (g: TestGraph, v: string) =>
  g.node('Transpose', [v], { perm: attr.ints([0, 3, 1, 2]) });
const toNhwc = (g: TestGraph, v: string) =>
  g.node('Transpose', [v], { perm: attr.ints([0, 2, 3, 1]) });

/** An input [batch, 3, 4, 5] that is used as [batch, 4, 5, 3], and the way back. */
function around(g: TestGraph, inside: (v: string) => string): void {
  const x = g.node('Abs', [g.x(['batch', 3, 4, 5])]);
  g.y(toNchw(g, inside(toNhwc(g, x))));
}

describePass(pushTransposes, {
  fires: {
    'element-wise operators between inverse Transposes': {
      build: (g) => around(g, (v) => g.node('Clip', [g.node('Neg', [v]), g.scalar(-1)])),
      becomes: ['Abs', 'Neg', 'Clip'],
    },
    // Made a second time, the form at hand would be merged with the first and moved back, for ever.
    'two Transposes of one value, one of which takes what the other gives': {
      build: (g) => {
        const v = g.node('Abs', [g.x([1, 7, 6, 4])]);
        g.y(g.node('Relu', [toNchw(g, v)]));
        g.y(g.node('Neg', [g.node('Transpose', [v], { perm: attr.ints([3, 0, 1, 2]) })]));
      },
      becomes: ['Abs', 'Transpose', 'Relu', 'Transpose', 'Neg'],
    },
    'constants of any rank': {
      build: (g) =>
        around(g, (v) => {
          const a = g.node('Mul', [g.node('Add', [v, g.weight([3])]), g.weight([5, 3])]);
          return g.node('Max', [a, g.weight([1, 4, 1, 3]), g.scalar(-9)]);
        }),
      becomes: ['Abs', 'Add', 'Mul', 'Max'],
    },
    'a bias that is an input': {
      build: (g) => around(g, (v) => g.node('Add', [v, g.x([3], 'bias')])),
      becomes: ['Abs', 'Reshape', 'Add'],
    },
    'a diamond': {
      build: (g) =>
        around(g, (v) =>
          g.node('Add', [g.node('Relu', [v]), g.node('Mul', [v, g.node('Neg', [v])])]),
        ),
      becomes: ['Abs', 'Relu', 'Neg', 'Mul', 'Add'],
    },
    'axes of Softmax, Concat, Split, Gather, ArgMax': {
      build: (g) =>
        around(g, (v) => {
          const soft = g.node('Softmax', [v], { axis: attr.int(-1) });
          const [a, b] = g.node('Split', [soft], { axis: attr.int(1) }, { outputs: 2 }) as string[];
          const joined = g.node('Concat', [b as string, a as string], { axis: attr.int(-3) });
          const picked = g.node('Gather', [joined, g.longs([2, 0])], { axis: attr.int(3) });
          const best = g.node('ArgMax', [picked], { axis: attr.int(1), keepdims: attr.int(1) });
          return g.node('Mul', [picked, g.node('Cast', [best], { to: attr.int(1) })]);
        }),
      becomes: ['Abs', 'Softmax', 'Split', 'Concat', 'Gather', 'ArgMax', 'Cast', 'Mul'],
      tolerance: 1e-6,
    },
    'lists with an entry an axis: Pad, Slice, Tile, Resize': {
      build: (g) =>
        around(g, (v) => {
          const padded = g.node('Pad', [v, g.longs([0, 1, 0, 2, 0, 0, 3, 0])]);
          const cut = g.node('Slice', [padded, g.longs([1, 0]), g.longs([9, 2]), g.longs([2, -1])]);
          const tiled = g.node('Tile', [cut, g.longs([1, 2, 1, 3])]);
          const scaled = g.node('Resize', [tiled, '', g.floats([1, 2, 2, 1])], {
            mode: attr.string('nearest'),
            coordinate_transformation_mode: attr.string('asymmetric'),
            nearest_mode: attr.string('floor'),
          });
          return scaled;
        }),
      becomes: ['Abs', 'Pad', 'Slice', 'Tile', 'Resize'],
    },
    'reductions that keep their axes': {
      build: (g) =>
        around(g, (v) => {
          const sum = g.node('ReduceSum', [v, g.longs([-1])]);
          return g.node('Sub', [v, g.node('ReduceMax', [sum], { axes: attr.ints([1, 2]) })]);
        }),
      becomes: ['Abs', 'ReduceSum', 'ReduceMax', 'Sub'],
      tolerance: 1e-6,
    },
    'a reduction that leaves the others in order': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 3, 4, 5])]);
        const mean = g.node('ReduceMean', [g.node('Neg', [toNhwc(g, x)])], {
          axes: attr.ints([1, 2]),
          keepdims: attr.int(0),
        });
        g.y(mean);
      },
      becomes: ['Abs', 'Neg', 'ReduceMean'],
      tolerance: 1e-6,
    },
    'rows of a dense layer behind a Flatten': {
      build(g) {
        const x = toNhwc(g, g.x(['batch', 3, 4, 5]));
        const flat = g.node('Flatten', [g.node('Relu', [x])]);
        g.y(g.node('Gemm', [flat, g.weight([60, 2]), g.weight([2])]));
        g.y(g.node('MatMul', [flat, g.weight([60, 3])]));
        g.y(g.node('Gemm', [flat, g.weight([2, 60])], { transB: attr.int(1) }));
      },
      becomes: ['Relu', 'Reshape', 'Gemm', 'MatMul', 'Gemm'],
      tolerance: 1e-5,
    },
    'columns of a dense layer in front of a Reshape': {
      build(g) {
        const dense = g.node('Gemm', [g.x(['batch', 4]), g.weight([4, 60]), g.weight([60])]);
        const image = g.node('Reshape', [g.node('Relu', [dense]), g.longs([-1, 4, 5, 3])]);
        g.y(g.node('Conv', [toNchw(g, image), g.weight([2, 3, 2, 2])]));
      },
      becomes: ['Gemm', 'Relu', 'Reshape', 'Conv'],
      tolerance: 1e-5,
    },
    'a transposition that is its own inverse': {
      build(g) {
        const swap = (v: string) => g.node('Transpose', [v], { perm: attr.ints([0, 2, 1]) });
        g.y(swap(g.node('Relu', [swap(g.node('Abs', [g.x(['batch', 3, 4])]))])));
      },
      becomes: ['Abs', 'Relu'],
    },
    'a tail with several outputs, of which fewest need a Transpose': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 3, 4, 5])]);
        const v = g.node('Neg', [toNhwc(g, x)]);
        g.y(toNchw(g, g.node('Relu', [v])));
        g.y(toNchw(g, g.node('Exp', [v])));
        g.y(g.node('Sqrt', [v]));
      },
      becomes: ['Abs', 'Neg', 'Transpose', 'Relu', 'Exp', 'Sqrt'],
      check(model) {
        expect(model.graph.outputs.map((output) => output.name)).toHaveLength(3);
      },
    },
    'an output on the way': {
      build(g) {
        const v = g.node('Relu', [toNhwc(g, g.x(['batch', 3, 4, 5]))]);
        g.y(toNchw(g, v));
        g.y(v);
      },
      becomes: ['Relu', 'Transpose'],
    },
    'another Transpose, which takes over': {
      build(g) {
        const x = g.node('Abs', [g.x(['batch', 3, 4, 5])]);
        const v = g.node('Relu', [toNhwc(g, x)]);
        g.y(toNchw(g, v));
        g.y(g.node('Transpose', [v], { perm: attr.ints([0, 2, 1, 3]) }));
      },
      becomes: ['Abs', 'Relu', 'Transpose'],
    },
  },
  spares: {
    'a Transpose at the entry': {
      build(g) {
        g.y(g.node('Conv', [toNchw(g, g.x(['batch', 4, 5, 3])), g.weight([2, 3, 2, 2])]));
      },
    },
    'operators that need their layout': {
      build(g) {
        const x = g.x(['batch', 3, 4, 5]);
        const pooled = g.node('MaxPool', [toNhwc(g, x)], { kernel_shape: attr.ints([2, 2]) });
        g.y(toNchw(g, pooled));
        const linear = g.node('Resize', [toNhwc(g, x), '', g.floats([1, 1, 2, 2])], {
          mode: attr.string('linear'),
        });
        g.y(toNchw(g, linear));
      },
    },
    'a Flatten whose weights are inputs, shared, or on the left': {
      build(g) {
        const flatten = (v: string) => g.node('Flatten', [g.node('Relu', [toNhwc(g, v)])]);
        g.y(g.node('MatMul', [flatten(g.x(['batch', 3, 4, 5])), g.x([60, 2], 'w')]));
        const shared = g.weight([60, 60]);
        g.y(g.node('MatMul', [flatten(g.x(['batch', 3, 4, 5], 'u')), shared]));
        g.y(g.node('MatMul', [g.x(['batch', 60], 't'), shared]));
        g.y(g.node('MatMul', [g.weight([2, 7]), flatten(g.x([7, 3, 4, 5], 'v'))]));
      },
    },
    'a Flatten that is an output, or of the batch too': {
      build(g) {
        const flat = g.node('Flatten', [toNhwc(g, g.x([2, 3, 4, 5]))]);
        g.y(flat);
        g.y(g.node('MatMul', [flat, g.weight([60, 2])]));
        const all = g.node('Reshape', [toNhwc(g, g.x([2, 3, 4, 5], 'v')), g.longs([1, 120])]);
        g.y(g.node('MatMul', [all, g.weight([120, 2])]));
      },
    },
    'a reduction that leaves the others in another order': {
      build(g) {
        const x = toNhwc(g, g.x(['batch', 3, 4, 5]));
        g.y(g.node('ReduceSum', [x, g.longs([2])], { keepdims: attr.int(0) }));
      },
    },
    'an exchange without a gain': {
      build(g) {
        const v = g.node('Relu', [toNhwc(g, g.x(['batch', 3, 4, 5]))]);
        g.y(g.node('Exp', [v]));
        g.y(v);
      },
    },
  },
});

test('an operator of another domain is no reduction, though its name begins as theirs do', () => {
  const g = new GraphBuilder('test', { domains: { 'com.example': 1 } });
  const turn = (v: string) => g.node('Transpose', [v], { perm: attr.ints([0, 2, 1]) });
  const sum = g.node(
    'ReduceThing',
    [turn(g.input('x', 'float32', ['batch', 4, 3]))],
    { axes: attr.ints([1]), keepdims: attr.int(1) },
    { domain: 'com.example' },
  );
  const type = { kind: 'tensor', dtype: 'float32', shape: ['batch', 1, 4] } as const;
  g.graph.valueInfo.set(sum, {
    name: sum,
    type: { ...type, shape: [...type.shape] },
    docString: '',
  });
  g.output(turn(sum), 'float32', ['batch', 4, 1]);
  const model = g.build();
  const result = optimize(model, { passes: [pushTransposes] });
  expect(printModel(result)).toBe(printModel(model));
});
