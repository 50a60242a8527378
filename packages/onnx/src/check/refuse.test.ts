import { describe, expect, test } from '@jest/globals';
import { attr } from '../attributes.ts';
import type { Model } from '../ir.ts';
import { body, changed, info, node } from '../testing/changed-relu.ts';
import { writeModel } from '../wire/write-model.ts';
import { assertSound, assertValidModel, checkModel } from './check-model.ts';

describe('what is thrown', () => {
  const wrong = (count: number) =>
    changed(({ graph }) => {
      for (let i = 0; i < count; i++) graph.nodes.push(node('Neg', ['x'], ['y']));
    });
  const line = (index: number) =>
    `\n  error [ssa] graph "g", node ${index} (Neg): The output "y" is defined already; a name is given once.`;
  const lines = (count: number) => Array.from({ length: count }, (_, i) => line(i + 1)).join('');

  test.each([
    [1, `The model breaks a rule of ONNX:${lines(1)}`],
    [2, `The model breaks 2 rules of ONNX:${lines(2)}`],
    [10, `The model breaks 10 rules of ONNX:${lines(10)}`],
    [12, `The model breaks 12 rules of ONNX:${lines(10)}\n  … and 2 more`],
  ])('of %d errors', (count, message) => {
    for (const refuse of [assertValidModel, assertSound]) {
      expect(() => refuse(wrong(count))).toThrow(
        expect.objectContaining({ code: 'invalid-model', message }),
      );
    }
  });

  test('names, versions and foreign operators harm no rewrite, wrong nodes do', () => {
    const harmless = changed((model, only) => {
      model.graph.name = '';
      model.irVersion = 99;
      only.domain = 'org.example';
      model.opsets.set('org.example', 1);
    });
    expect(() => assertSound(harmless)).not.toThrow();
    expect(() => assertValidModel(harmless)).toThrow('The graph has no name.');
    const misfit = changed(({ graph }) => {
      graph.outputs[0] = info('y', ['n', 5]);
    });
    expect(() => assertSound(misfit)).toThrow(/error \[shape-mismatch\]/);
    expect(() => assertValidModel(misfit, { infer: false })).not.toThrow();
  });

  test('types and shapes are inferred where nothing else is wrong, whatever is unusual', () => {
    const rules = (change: (model: Model) => void) =>
      checkModel(
        changed((model) => {
          model.graph.outputs[0] = info('y', ['n', 5]);
          change(model);
        }),
      ).map(({ severity, rule }) => `${severity} ${rule}`);
    expect(rules(() => {})).toEqual(['error shape-mismatch']);
    const unusual = rules((model) => model.opsets.set('', 999));
    expect(unusual.length).toBeGreaterThan(1);
    expect(unusual.filter((each) => each.startsWith('error'))).toEqual(['error shape-mismatch']);
    expect(rules(({ graph }) => graph.nodes.push(node('Neg', ['x'], ['y'])))).toEqual([
      'error ssa',
    ]);
  });

  test('bodies without end are not judged, and not walked', () => {
    const endless = changed((_, only) => {
      const inner = body([node('If', ['x'], ['o'])], [info('o', null)]);
      inner.nodes[0]?.attributes.set('then_branch', attr.graph(inner));
      only.attributes.set('then_branch', attr.graph(inner));
    });
    expect(checkModel(endless).map(({ rule, severity, where }) => [rule, severity, where])).toEqual(
      [['known', 'unknown', '']],
    );
    expect(() => assertValidModel(endless)).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
    expect(() => assertSound(endless)).toThrow(expect.objectContaining({ code: 'limit' }));
  });

  test('options that are none are refused', () => {
    const bytes = writeModel(changed(() => {}));
    expect(() => checkModel(bytes, 5 as never)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});
