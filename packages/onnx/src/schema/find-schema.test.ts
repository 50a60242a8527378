import { describe, expect, test } from '@jest/globals';
import { findSchema, firstOpset, newestOpset } from './find-schema.ts';
import { OPERATOR_SCHEMAS } from './operator-schemas.ts';

describe('operator schemas', () => {
  test('the version that an operator set has', () => {
    expect(findSchema('', 'Relu', 17)?.since).toBe(14);
    expect(findSchema('', 'Relu', 13)?.since).toBe(13);
    expect(findSchema('', 'Relu', 5)?.since).toBe(1);
    expect(findSchema('', 'Mish', 17)).toBeUndefined();
    expect(firstOpset('', 'Mish')).toBe(18);
    expect(firstOpset('', 'Rectify')).toBeUndefined();
    expect(newestOpset('')).toBeGreaterThanOrEqual(22);
    expect(newestOpset('com.microsoft')).toBeUndefined();
  });

  test('inputs, attributes and types are told', () => {
    const gemm = findSchema('', 'Gemm', 17);
    expect(gemm).toMatchObject({ inputRange: [2, 3], outputRange: [1, 1], deprecated: false });
    expect(gemm?.inputs.map(({ name, option, type }) => `${name} ${option} ${type}`)).toEqual([
      'A single T',
      'B single T',
      'C optional T',
    ]);
    expect(gemm?.attributes.get('alpha')).toEqual({ type: 'float', required: false });
    expect(gemm?.typeParameters.get('T')?.has('bfloat16')).toBe(true);
    expect(gemm?.typeParameters.get('T')?.has('int8')).toBe(false);
    expect(findSchema('', 'Cast', 13)?.attributes.get('to')?.required).toBe(true);
    expect(findSchema('', 'Concat', 13)?.inputRange).toEqual([1, Number.POSITIVE_INFINITY]);
    expect(findSchema('', 'Loop', 13)?.inputRange).toEqual([2, Number.POSITIVE_INFINITY]);
    expect(findSchema('', 'Upsample', 10)?.deprecated).toBe(true);
    expect(findSchema('ai.onnx.ml', 'TreeEnsemble', 5)?.since).toBe(5);
  });

  test('every line can be read', () => {
    const lines = OPERATOR_SCHEMAS.split('\n').filter((line) => line && !line.startsWith('= '));
    expect(lines.length).toBeGreaterThan(600);
    for (const line of lines) {
      const [path = '', since = ''] = (line.split('|')[0] ?? '').split(' ');
      const slash = path.indexOf('/');
      const name = path.slice(slash + 1);
      const schema = findSchema(path.slice(0, Math.max(slash, 0)), name, Number(since));
      expect(schema).toMatchObject({ name, since: Number(since) });
      const parameters = [...(schema?.inputs ?? []), ...(schema?.outputs ?? [])];
      for (const { type } of parameters) {
        const known = schema?.typeParameters.has(type) || /^[a-z][a-z0-9(),]*$/.test(type);
        expect([line, type, known]).toEqual([line, type, true]);
      }
      for (const set of schema?.typeParameters.values() ?? []) expect(set.size).toBeGreaterThan(0);
      for (const { type } of schema?.attributes.values() ?? []) {
        expect([
          'float',
          'int',
          'string',
          'tensor',
          'graph',
          'floats',
          'ints',
          'strings',
          'tensors',
          'graphs',
          'typeProto',
          'sparse_tensor',
        ]).toContain(type);
      }
    }
  });
});
