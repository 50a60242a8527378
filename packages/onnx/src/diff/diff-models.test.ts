import { describe, expect, test } from '@jest/globals';
import { GraphBuilder } from '../graph-builder.ts';
import type { Model } from '../ir.ts';
import { tensorFromArray } from '../tensor.ts';
import { diffModels } from './diff-models.ts';
import { printDiff } from './print-diff.ts';

function model(change: (model: Model) => void = () => {}): Model {
  const g = new GraphBuilder('g');
  const x = g.input('x', 'float32', ['batch', 2]);
  const w = g.initializer('w', new Float32Array([3, 0, 0, 4]), [2, 2]);
  const h = g.node('MatMul', [x, w], {}, { name: 'product' });
  g.output(g.node('Relu', [h], {}, { name: 'rectify', output: 'y' }), 'float32', ['batch', 2]);
  const made = g.build();
  change(made);
  return made;
}

const diff = (change: (model: Model) => void) => diffModels(model(), model(change));

describe('diffModels', () => {
  test('a model differs in nothing from itself, nor from one whose weights come in another order', () => {
    expect(diffModels(model(), model())).toEqual({ changes: [], operators: {} });
    expect(printDiff(diffModels(model(), model()))).toBe('The graphs are the same.\n');
  });

  test('a weight by the norm of its change', () => {
    const { changes } = diff(({ graph }) => {
      graph.initializers.set('w', tensorFromArray('w', 'float32', [3, 0, 0, 4.5], [2, 2]));
    });
    // ‖Δ‖ = 0.5, ‖w‖ = 5
    expect(changes).toEqual([
      {
        kind: 'changed',
        what: 'weight',
        name: 'w',
        before: 'float32[2, 2]',
        after: 'float32[2, 2]',
        relativeChange: expect.closeTo(0.1, 6),
      },
    ]);
    expect(printDiff({ changes, operators: {} })).toBe(
      '~ weight w: float32[2, 2], by 10 % of its norm\n',
    );
  });

  test('the same in half precision', () => {
    const half = (bits: number[]) =>
      model(
        ({ graph }) =>
          void graph.initializers.set('w', tensorFromArray('w', 'float16', bits, [2, 2])),
      );
    const { changes } = diffModels(half([0x3c00, 0, 0, 0]), half([0x4000, 0, 0, 0]));
    expect(changes[0]?.relativeChange).toBe(1);
  });

  test('nodes by name: their operator, inputs and attributes; operators by their counts', () => {
    const { changes, operators } = diff(({ graph }) => {
      const node = graph.nodes[1];
      if (!node) return;
      node.opType = 'LeakyRelu';
      node.attributes.set('alpha', { type: 'float', value: 0.5 });
    });
    expect(changes).toEqual([
      {
        kind: 'changed',
        what: 'node',
        name: 'rectify',
        before: 'y = Relu(product_out)  # "rectify"',
        after: 'y = LeakyRelu(product_out) {alpha=0.5}  # "rectify"',
      },
    ]);
    expect(operators).toEqual({
      LeakyRelu: { before: 0, after: 1 },
      Relu: { before: 1, after: 0 },
    });
  });

  test.each<[string, (model: Model) => void, string]>([
    [
      'an operator set',
      ({ opsets }) => void opsets.set('', 18),
      '- opset ai.onnx: 17\n+ opset ai.onnx: 18\n',
    ],
    [
      'an input',
      ({ graph }) =>
        void graph.inputs.push({
          name: 'eps',
          type: { kind: 'tensor', dtype: 'float32', shape: [1] },
          docString: '',
        }),
      '+ input eps: float32[1]\n',
    ],
    [
      'a type',
      ({
        graph: {
          outputs: [y],
        },
      }) => {
        if (y) y.type = { kind: 'tensor', dtype: 'float32', shape: [1, 2] };
      },
      '- output y: float32[batch, 2]\n+ output y: float32[1, 2]\n',
    ],
    [
      'a shape of a weight',
      ({ graph }) =>
        void graph.initializers.set('w', tensorFromArray('w', 'float32', [1, 2], [2, 1])),
      '- weight w: float32[2, 2]\n+ weight w: float32[2, 1]\n',
    ],
  ])('%s as text', (_, change, text) => {
    expect(printDiff(diff(change))).toBe(text);
  });
});
