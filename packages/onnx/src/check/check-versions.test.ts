import { describe, expect, test } from '@jest/globals';
import { newestOpset } from '../schema/find-schema.ts';
import { RELU, said } from '../testing/changed-relu.ts';
import { NEWEST_IR } from './check-versions.ts';

describe('versions', () => {
  const newest = newestOpset('') as number;

  test.each<[string, number, [string, number][], string[]]>([
    ['fit', 8, [['', 17]], []],
    ['the newest of all', NEWEST_IR, [['', newest]], []],
    [
      'a newer IR',
      NEWEST_IR + 1,
      [['', newest]],
      [
        `unknown [known] The IR version ${NEWEST_IR + 1} is newer than the newest known here, ${NEWEST_IR}.`,
      ],
    ],
    ['no IR', 0, [], [`error [ir-version] The IR version is 0, expected 1 to ${NEWEST_IR}.`]],
    ['the oldest IR', 1, [], []],
    [
      'operator sets in IR 2',
      2,
      [['', 1]],
      ['error [opset-imports] IR 2 cannot import operator sets; IR 3 can.'],
    ],
    [
      'no operator sets in IR 3',
      3,
      [],
      [
        'error [opset-imports] The model imports no operator set.',
        `error [opset-imports] ${RELU}: The model imports no operator set for "ai.onnx".`,
      ],
    ],
    [
      'version 0 of another domain',
      8,
      [
        ['', 17],
        ['org.example', 0],
      ],
      ['error [opset-imports] The operator set org.example has the version 0.'],
    ],
    [
      'a newer operator set',
      NEWEST_IR,
      [['', newest + 1]],
      [
        `warning [opset-imports] Version ${newest + 1} of ai.onnx is newer than the newest known here, ${newest}; its operators are checked as of then.`,
      ],
    ],
    [
      'an IR that is older than the operator set',
      7,
      [['', 17]],
      ['warning [opset-ir] Operator set 17 belongs to IR 8 or later, the model says IR 7.'],
    ],
    [
      'an operator set of another domain alone',
      3,
      [['ai.onnx.ml', 1]],
      [`error [opset-imports] ${RELU}: The model imports no operator set for "ai.onnx".`],
    ],
  ])('%s', (_, irVersion, opsets, expected) => {
    const found = said((model) => {
      model.irVersion = irVersion;
      model.opsets = new Map(opsets);
    });
    expect(found.filter((line) => !line.includes('Relu has no attribute'))).toEqual(expected);
  });

  test.each([1, 2])(
    'IR %d means version 1 of ONNX’s own operators, and of no other',
    (irVersion) => {
      const found = (domain: string) =>
        said((model, only) => {
          model.irVersion = irVersion;
          model.opsets.clear();
          only.domain = domain;
          only.opType = 'Mish';
        });
      const where = 'graph "g", node 0 (Mish "relu")';
      expect(found('')).toEqual([
        `error [operator] ${where}: Mish is not in version 1 of "ai.onnx": it came with version 18.`,
      ]);
      expect(found('ai.onnx.ml')).toEqual([
        `error [opset-imports] ${where}: The model imports no operator set for "ai.onnx.ml".`,
      ]);
    },
  );
});
