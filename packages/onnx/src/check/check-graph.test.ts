import { describe, expect, test } from '@jest/globals';
import { attr } from '../attributes.ts';
import type { Dim, Model, Node, ValueType } from '../ir.ts';
import { body, branch, info, node, RELU, said, typed, zeros } from '../testing/changed-relu.ts';

describe('graphs', () => {
  test.each<[string, (model: Model, node: Node) => void, unknown[]]>([
    ['nothing wrong', () => {}, []],
    [
      'no name',
      ({ graph }) => {
        graph.name = '';
      },
      ['error [names] graph "": The graph has no name.'],
    ],
    [
      'an input twice',
      ({ graph }) => void graph.inputs.push(info('x')),
      ['error [ssa] graph "g": Two graph inputs are named "x".'],
    ],
    [
      'an input and an output without a name',
      ({ graph }, only) => {
        graph.inputs.push(info(''));
        graph.outputs.push(info(''));
        only.outputs.push('');
      },
      [
        'error [names] graph "g": A graph input has no name.',
        'error [arity] graph "g", node 0 (Relu "relu"): Relu takes 1 outputs since version 14, got 2.',
        'error [names] graph "g": A graph output has no name.',
      ],
    ],
    [
      'an initializer without a name',
      ({ graph }) => void graph.initializers.set('', zeros('', [1])),
      ['error [names] graph "g": An initializer has no name.'],
    ],
    [
      'an initializer with too few bytes',
      ({ graph }) => void graph.initializers.set('w', { ...zeros('w', [2]), dims: [3] }),
      [
        expect.stringMatching(
          /^error \[tensors\] graph "g", initializer "w": The tensor "w" .*12.*8/,
        ),
      ],
    ],
    [
      'an initializer in another file of a size that is none',
      ({ graph }) =>
        void graph.initializers.set('w', {
          ...zeros('w', [1]),
          dims: [-1],
          external: { location: 'w', offset: 0, length: 4 },
        }),
      [expect.stringMatching(/^error \[tensors\] graph "g", initializer "w": The tensor "w"/)],
    ],
    [
      'an initializer in another file, whose bytes are not looked for',
      ({ graph }) =>
        void graph.initializers.set('w', {
          ...zeros('w', [1]),
          dims: [7],
          external: { location: 'w', offset: 0, length: 28 },
        }),
      [],
    ],
    [
      'an output that nobody makes',
      ({ graph }) => void graph.outputs.push(info('z')),
      [
        'error [graph-outputs] graph "g": The graph output "z" is produced by no node of the graph.',
      ],
    ],
    [
      'an output twice',
      ({ graph }) => void graph.outputs.push(info('y')),
      ['warning [graph-outputs] graph "g": The graph output "y" is listed twice.'],
    ],
    [
      'an input of a node that nothing makes',
      (_, only) => {
        only.inputs = ['nowhere'];
      },
      [
        `error [topological-order] ${RELU}: The input "nowhere" is no graph input, no constant and no output of an earlier node.`,
      ],
    ],
    [
      'a value twice',
      ({ graph }) => void graph.nodes.push(node('Neg', ['x'], ['y'])),
      [
        'error [ssa] graph "g", node 1 (Neg): The output "y" is defined already; a name is given once.',
      ],
    ],
    [
      'an attribute without a name',
      (_, only) => void only.attributes.set('', attr.int(1)),
      [
        `error [attributes] ${RELU}: Relu has no attribute "" since version 14; it has: none.`,
        `error [names] ${RELU}: An attribute has no name.`,
      ],
    ],
    [
      'attributes whose tensors have too few bytes',
      (_, only) => {
        const value = { ...zeros('t', [2]), dims: [3] };
        only.attributes.set('__one', { type: 'tensor', value });
        only.attributes.set('__all', { type: 'tensors', value: [zeros('s', [1]), value] });
      },
      ['__one', '__all'].map((name) =>
        expect.stringMatching(
          new RegExp(
            `^error \\[tensors\\] .*\\(Relu "relu"\\), attribute "${name}": The tensor "t"`,
          ),
        ),
      ),
    ],
    [
      'a body that leaves its types to inference, and uses what is outside',
      (model) =>
        branch(model, body([node('Neg', ['x'], ['o'])], [typed('o', { kind: 'unknown' })])),
      [],
    ],
    [
      'a body whose output is made outside, and a name that is taken there',
      (model) => branch(model, body([node('Neg', ['x'], ['c'])], [info('x', null)])),
      [
        'error [ssa] graph "g", node 0 (If "relu"), attribute "then_branch", node 0 (Neg): The output "c" is defined already; a name is given once.',
        'error [graph-outputs] graph "g", node 0 (If "relu"), attribute "then_branch": The graph output "x" is produced by no node of the graph.',
      ],
    ],
    [
      'a value of a body that is used outside',
      (model) => {
        branch(model, body([node('Neg', ['x'], ['a'])], [info('a', null)]));
        model.graph.nodes.push(node('Neg', ['a'], ['z']));
      },
      [
        'error [topological-order] graph "g", node 1 (Neg): The input "a" is no graph input, no constant and no output of an earlier node.',
      ],
    ],
  ])('%s', (_, change, expected) => {
    expect(said(change)).toEqual(expected);
  });

  const where = 'error [types] graph "g", input "z":';
  const none: ValueType = { kind: 'unknown' };
  const tensor = (shape: Dim[] | null): ValueType => ({ kind: 'tensor', dtype: 'float32', shape });

  test.each<[string, ValueType, string[]]>([
    ['none', none, [`${where} The type is missing.`]],
    ['of no kind', {} as ValueType, [`${where} The type is missing.`]],
    ['a tensor', tensor([]), []],
    [
      'a tensor without a shape',
      tensor(null),
      [`${where} The shape is missing; dimensions may be open, their number may not.`],
    ],
    ['a sequence of tensors', { kind: 'sequence', element: tensor(null) }, []],
    [
      'a sequence of nothing',
      { kind: 'sequence', element: null },
      [`${where} The element type is missing.`],
    ],
    [
      'an optional sequence of nothing',
      { kind: 'optional', element: { kind: 'sequence', element: null } },
      [`${where} The element type is missing.`],
    ],
    [
      'an optional of unknown',
      { kind: 'optional', element: none },
      [`${where} The type is missing.`],
    ],
    ['a map to tensors', { kind: 'map', key: 'int64', value: tensor(null) }, []],
    [
      'a map to nothing',
      { kind: 'map', key: 'int64', value: null },
      [`${where} The value type is missing.`],
    ],
    [
      'a map to maps to nothing',
      { kind: 'map', key: 'int64', value: { kind: 'map', key: 'int64', value: null } },
      [`${where} The value type is missing.`],
    ],
  ])('the type of an input: %s', (_, type, expected) => {
    expect(said(({ graph }) => void graph.inputs.push(typed('z', type)))).toEqual(expected);
  });

  test.each([
    [
      3,
      [
        'error [initializers-are-inputs] graph "g": The initializer "w" is no graph input, which IR 3 demands.',
      ],
    ],
    [4, []],
  ])('of IR %d, initializers that are no inputs', (irVersion, expected) => {
    const found = said((model) => {
      model.irVersion = irVersion;
      model.opsets.set('', 8);
      model.graph.initializers.set('w', zeros('w', [1]));
      model.graph.initializers.set('x', zeros('x', [1, 4]));
    });
    const inputs = irVersion === 4 ? [] : found.filter((line) => line.includes('"w"'));
    expect(inputs).toEqual(expected);
    expect(found.filter((line) => line.includes('initializers-are-inputs'))).toEqual(expected);
  });
});
