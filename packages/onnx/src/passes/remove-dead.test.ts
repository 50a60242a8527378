import { describe, expect, test } from '@jest/globals';
import { optimize } from '../optimize.ts';
import {
  difference,
  feedsFor,
  operators,
  problemsOf,
  run,
  seeded,
  TestGraph,
} from '../testing/run-passes.ts';

function withDeadParts() {
  const g = new TestGraph(seeded(1));
  const x = g.x(['batch', 3]);
  const used = g.node('Mul', [x, g.weight([3], 'used')]);
  g.node('Exp', [g.node('Add', [used, g.weight([3], 'unused')])]);
  const [first] = g.node('Split', [used], { axis: { type: 'int', value: 1n } }, { outputs: 3 });
  g.y(first as string);
  const model = g.build();
  model.graph.valueInfo.set('gone', {
    name: 'gone',
    type: { kind: 'tensor', dtype: 'float32', shape: [1] },
    docString: '',
  });
  return model;
}

describe('remove-dead', () => {
  test('drops nodes, constants and types that no output needs, and changes no result', async () => {
    const model = withDeadParts();
    const result = optimize(model, { passes: ['remove-dead'] });
    expect(operators(result)).toEqual(['Mul', 'Split']);
    expect([...result.graph.initializers.keys()]).toEqual(['used']);
    expect(result.graph.valueInfo.size).toBe(0);
    expect(problemsOf(result)).toEqual([]);
    const feeds = feedsFor(model, seeded(2));
    const [before, after] = [await run(model, feeds), await run(result, feeds)];
    expect(difference(before['Split_out0'], after['Split_out0'])).toBe(0);
    expect(operators(optimize(model, { passes: [] }))).toHaveLength(4);
  });

  test('keeps what is asked for by name', () => {
    const model = withDeadParts();
    const result = optimize(model, { passes: ['remove-dead'], keepNames: ['Exp_out', 'used'] });
    expect(operators(result)).toEqual(['Mul', 'Add', 'Exp', 'Split']);
  });

  test('keeps defaults of inputs, constants that are outputs, and what a body reads', () => {
    const g = new TestGraph(seeded(1));
    const x = g.x([2]);
    const captured = g.node('Abs', [x], {}, { output: 'captured' });
    const body = new TestGraph(seeded(1));
    body.graph.nodes.push({
      name: 'inner',
      opType: 'Neg',
      domain: '',
      inputs: [captured],
      outputs: ['inner'],
      attributes: new Map(),
      docString: '',
    });
    const type = { kind: 'tensor' as const, dtype: 'float32' as const, shape: [2] };
    body.graph.outputs.push({ name: 'inner', type, docString: '' });
    const branch = { type: 'graph' as const, value: body.buildGraph() };
    const yes = g.input('yes', 'bool', []);
    g.y(g.node('If', [yes], { then_branch: branch, else_branch: branch }));
    g.y(g.weight([2], 'constant'));
    const model = g.build();
    model.graph.initializers.set('x', {
      name: 'x',
      dtype: 'float32',
      dims: [2],
      raw: new Uint8Array(8),
    });
    const result = optimize(model);
    expect(operators(result)).toEqual(['Abs', 'If']);
    expect([...result.graph.initializers.keys()].sort()).toEqual(['constant', 'x']);
  });
});
