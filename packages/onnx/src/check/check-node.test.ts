import { describe, expect, test } from '@jest/globals';
import { attr } from '../attributes.ts';
import type { Model, Node } from '../ir.ts';
import { newestOpset } from '../schema/find-schema.ts';
import { node, RELU, said, zeros } from '../testing/changed-relu.ts';
import { NEWEST_IR } from './check-versions.ts';

describe('nodes', () => {
  test.each<[string, (model: Model, node: Node) => void, string[]]>([
    [
      'no operator',
      (_, only) => {
        only.opType = '';
      },
      ['error [names] graph "g", node 0 (no operator "relu"): The node has no operator.'],
    ],
    [
      'neither inputs nor outputs',
      ({ graph }) => void graph.nodes.push(node('Constant', [], [])),
      [
        'error [arity] graph "g", node 1 (Constant): The node has neither inputs nor outputs.',
        'error [arity] graph "g", node 1 (Constant): Constant takes 1 outputs since version 13, got 0.',
      ],
    ],
    [
      'a domain that is not imported',
      (_, only) => {
        only.domain = 'org.example';
      },
      [`error [opset-imports] ${RELU}: The model imports no operator set for "org.example".`],
    ],
    [
      'an operator set that is not imported',
      (model) => {
        model.opsets.clear();
        model.opsets.set('org.example', 1);
      },
      [`error [opset-imports] ${RELU}: The model imports no operator set for "ai.onnx".`],
    ],
    [
      'a domain that is not allowed',
      (model, only) => {
        only.domain = 'org.example';
        model.opsets.set('org.example', 1);
      },
      [
        `warning [operator] ${RELU}: Relu is of the domain "org.example", which ONNX does not define, and is not looked into. Pass it in allowDomains if your runtime has it.`,
      ],
    ],
    [
      'an operator that no version has',
      (_, only) => {
        only.opType = 'Rectify';
      },
      [
        'error [operator] graph "g", node 0 (Rectify "relu"): Rectify is not in version 17 of "ai.onnx": no version has it.',
      ],
    ],
    [
      'an operator that came later',
      (_, only) => {
        only.opType = 'Mish';
      },
      [
        'error [operator] graph "g", node 0 (Mish "relu"): Mish is not in version 17 of "ai.onnx": it came with version 18.',
      ],
    ],
    [
      'an operator that is gone',
      ({ graph }, only) => {
        only.opType = 'Upsample';
        only.inputs = ['x', 's'];
        graph.initializers.set('s', zeros('s', [2]));
      },
      [
        'error [operator] graph "g", node 0 (Upsample "relu"): Upsample is deprecated since version 10 of "ai.onnx".',
      ],
    ],
    [
      'too many inputs',
      (_, only) => {
        only.inputs = ['x', 'x'];
      },
      [`error [arity] ${RELU}: Relu takes 1 inputs since version 14, got 2.`],
    ],
    [
      'too few of a range',
      (_, only) => {
        only.opType = 'Clip';
        only.inputs = [];
      },
      [
        'error [arity] graph "g", node 0 (Clip "relu"): Clip takes 1 to 3 inputs since version 13, got 0.',
      ],
    ],
    [
      'too many of a range',
      (_, only) => {
        only.opType = 'Clip';
        only.inputs = ['x', 'x', 'x', 'x'];
      },
      [
        'error [arity] graph "g", node 0 (Clip "relu"): Clip takes 1 to 3 inputs since version 13, got 4.',
      ],
    ],
    [
      'as few and as many of a range as there may be',
      ({ graph }, only) => {
        only.opType = 'Clip';
        graph.nodes.push(node('Clip', ['x', 'x', 'x'], ['z']));
      },
      [],
    ],
    [
      'an optional input left out',
      (_, only) => {
        only.opType = 'Clip';
        only.inputs = ['x', '', 'x'];
      },
      [],
    ],
    [
      'required ones left out',
      ({ graph }, only) => {
        only.opType = 'Add';
        only.inputs = ['x', ''];
        graph.nodes.push(node('Neg', ['x'], ['']));
      },
      [
        'error [arity] graph "g", node 0 (Add "relu"): The input 1 ("B") of Add is required, but has no name.',
        'error [arity] graph "g", node 1 (Neg): The output 0 ("Y") of Neg is required, but has no name.',
      ],
    ],
    [
      'one of many left out',
      (_, only) => {
        only.opType = 'Sum';
        only.inputs = ['x', 'x', ''];
      },
      [
        'error [arity] graph "g", node 0 (Sum "relu"): The input 2 ("data_0") of Sum is required, but has no name.',
      ],
    ],
    [
      'attributes that it has not; those of tools are their own',
      (_, only) => {
        only.opType = 'LeakyRelu';
        only.attributes.set('beta', attr.float(1));
        only.attributes.set('_note', attr.float(1));
        only.attributes.set('__note', attr.float(1));
      },
      ['beta', '_note'].map(
        (name) =>
          `error [attributes] graph "g", node 0 (LeakyRelu "relu"): LeakyRelu has no attribute "${name}" since version 16; it has: alpha.`,
      ),
    ],
    [
      'all attributes that it has',
      (_, only) => {
        only.opType = 'Softplus';
        only.attributes.set('alpha', attr.float(1));
        only.attributes.set('beta', attr.float(1));
      },
      ['alpha', 'beta'].map(
        (name) =>
          `error [attributes] graph "g", node 0 (Softplus "relu"): Softplus has no attribute "${name}" since version 1; it has: none.`,
      ),
    ],
    [
      'names of several attributes',
      (_, only) => {
        only.opType = 'HardSigmoid';
        only.attributes.set('gamma', attr.float(1));
      },
      [
        'error [attributes] graph "g", node 0 (HardSigmoid "relu"): HardSigmoid has no attribute "gamma" since version 6; it has: alpha, beta.',
      ],
    ],
    [
      'an attribute of another type',
      (_, only) => {
        only.opType = 'LeakyRelu';
        only.attributes.set('alpha', attr.int(1));
      },
      [
        'error [attributes] graph "g", node 0 (LeakyRelu "relu"): The attribute "alpha" of LeakyRelu is of type int, expected float.',
      ],
    ],
    [
      'an attribute that it needs',
      (_, only) => {
        only.opType = 'Cast';
      },
      ['error [attributes] graph "g", node 0 (Cast "relu"): Cast needs the attribute "to".'],
    ],
  ])('%s', (_, change, expected) => {
    expect(said(change)).toEqual(expected);
  });

  test('a domain that is allowed is not looked into', () => {
    const foreign = (model: Model, only: Node) => {
      only.domain = 'org.example';
      only.attributes.set('anything', attr.int(1));
      model.opsets.set('org.example', 1);
    };
    expect(said(foreign, ['org.example'])).toEqual([]);
  });

  test.each([
    ['without axes', [], true],
    ['with axes', [['axes', attr.ints([0, 2, 3])]] as const, false],
  ])('MeanVarianceNormalization %s', (_, attributes, disputed) => {
    const found = said((_, only) => {
      only.opType = 'MeanVarianceNormalization';
      only.attributes = new Map(attributes);
    });
    const message =
      'unknown [known] graph "g", node 0 (MeanVarianceNormalization "relu"): MeanVarianceNormalization has a default ' +
      "for axes, but from version 13 on ONNX's checker (1.23) refuses it without them. Give axes = [0, 2, 3].";
    expect(found).toEqual(disputed ? [message] : []);
  });

  test('one of another domain is not disputed', () => {
    const found = said(
      (model, only) => {
        only.opType = 'MeanVarianceNormalization';
        only.domain = 'org.example';
        model.opsets.set('org.example', 13);
      },
      ['org.example'],
    );
    expect(found).toEqual([]);
  });

  const newest = newestOpset('') as number;

  test('an operator of a version that is not known here yet', () => {
    const rectify = (version: number) =>
      said((model, only) => {
        model.irVersion = NEWEST_IR;
        model.opsets.set('', version);
        only.opType = 'Rectify';
      }).filter((line) => line.includes('Rectify'));
    const where = 'graph "g", node 0 (Rectify "relu")';
    expect(rectify(newest + 1)).toEqual([
      `unknown [known] ${where}: Rectify of version ${newest + 1} of "ai.onnx" is not known here, where ${newest} is the newest.`,
    ]);
    expect(rectify(newest)).toEqual([
      `error [operator] ${where}: Rectify is not in version ${newest} of "ai.onnx": no version has it.`,
    ]);
  });
});
