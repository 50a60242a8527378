import { describe, expect, test } from '@jest/globals';
import { OnnxError } from '../errors.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { printProblem, RULES } from '../problem.ts';
import { brokenModels } from '../testing/broken-models.ts';
import { sampleModels } from '../testing/sample-models.ts';
import { writeModel } from '../wire/write-model.ts';
import { assertValidModel, checkModel } from './check-model.ts';

describe('checkModel', () => {
  test.each([13, 14, 15, 16, 17, 18, 19, 20, 21, 22])(
    'accepts the samples at operator set %i',
    (opset) => {
      for (const [name, model] of sampleModels(opset, opset > 18 ? 10 : 8)) {
        expect([name, checkModel(model)]).toEqual([name, []]);
        expect([name, checkModel(writeModel(model))]).toEqual([name, []]);
      }
    },
  );

  test.each(brokenModels.map((each) => [each.rule, each.name, each] as const))(
    '%s: %s',
    (rule, _, { bytes, severity }) => {
      const problems = checkModel(bytes);
      expect(problems.map((problem) => `${problem.severity} ${problem.rule}`)).toContain(
        `${severity} ${rule}`,
      );
      if (severity === 'warning') expect(() => assertValidModel(bytes)).not.toThrow();
      else expect(() => assertValidModel(bytes)).toThrow(OnnxError);
    },
  );

  test('every rule has a model that breaks it', () => {
    const covered = new Set(brokenModels.map(({ rule }) => rule));
    // Bytes that contradict a shape are refused while reading; the next test builds such a model.
    expect(RULES.filter((rule) => !covered.has(rule))).toEqual(['tensors']);
  });

  test('tensors: a model in memory with too few bytes', () => {
    const g = new GraphBuilder('g');
    g.output(g.node('Relu', [g.initializer('w', new Float32Array(4), [2, 2])]), 'float32', [2, 2]);
    const model = g.build();
    const tensor = model.graph.initializers.get('w');
    if (tensor) tensor.raw = tensor.raw.slice(0, 12);
    expect(checkModel(model).map(({ rule }) => rule)).toEqual(['tensors']);
  });

  test('operators of other domains pass where they are allowed', () => {
    const g = new GraphBuilder('g', { domains: { 'com.microsoft': 1 } });
    const x = g.input('x', 'float32', ['n']);
    g.output(g.node('Gelu', [x], {}, { domain: 'com.microsoft' }), 'float32', ['n']);
    expect(checkModel(g.build()).map(({ rule }) => rule)).toEqual(['operator']);
    expect(checkModel(g.build(), { allowDomains: ['com.microsoft'] })).toEqual([]);
  });

  test.each([
    [12, []],
    [13, ['unknown known']],
    [21, ['unknown known']],
  ])(
    'what ONNX itself is of two minds about is unknown: MeanVarianceNormalization %i',
    (opset, said) => {
      const g = new GraphBuilder('g', { opset, irVersion: 10 });
      const x = g.input('x', 'float32', [1, 2, 3, 4]);
      g.output(g.node('MeanVarianceNormalization', [x]), 'float32', [1, 2, 3, 4]);
      const problems = checkModel(g.build());
      expect(problems.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(said);
    },
  );

  test('inference can be left out', () => {
    const wrong = brokenModels.find(({ rule }) => rule === 'shape-mismatch');
    expect(checkModel(wrong?.bytes as Uint8Array, { infer: false })).toEqual([]);
  });

  test('says where and what, and lists the first errors in the exception', () => {
    const [wrong] = brokenModels.filter(({ name }) => name === 'unknown attribute');
    const [problem] = checkModel(wrong?.bytes as Uint8Array);
    expect(problem && printProblem(problem)).toBe(
      'error [attributes] graph "g", node 0 (Relu "relu"): Relu has no attribute "alpha" since version 14; it has: none.',
    );
    expect(() => assertValidModel(wrong?.bytes as Uint8Array)).toThrow(
      /breaks a rule of ONNX:\n {2}error \[attributes\] graph "g", node 0/,
    );
  });

  test('a hopeless model does not fill the memory with problems', () => {
    const g = new GraphBuilder('g');
    const model = g.build();
    for (let i = 0; i < 5000; i++) {
      model.graph.nodes.push({
        name: '',
        opType: 'Nope',
        domain: '',
        inputs: ['a'],
        outputs: ['b'],
        attributes: new Map(),
        docString: '',
      });
    }
    expect(checkModel(model)).toHaveLength(1000);
    const [node] = model.graph.nodes;
    if (node) node.opType = 'N'.repeat(1e6);
    expect(checkModel(model)[1]?.message.length).toBeLessThan(1100);
  });
});
