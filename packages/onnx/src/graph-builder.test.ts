import { describe, expect, test } from '@jest/globals';
import { attr } from './attributes.ts';
import { assertValidModel } from './check/check-model.ts';
import { OnnxError } from './errors.ts';
import { GraphBuilder } from './graph-builder.ts';
import { writeModel } from './wire/write-model.ts';

describe('GraphBuilder', () => {
  test('builds what its documentation shows', () => {
    const g = new GraphBuilder('twice');
    const x = g.input('x', 'float32', ['batch', 4]);
    const two = g.initializer('two', new Float32Array([2]), []);
    g.output(g.node('Mul', [x, two]), 'float32', ['batch', 4]);
    const model = g.build();
    assertValidModel(writeModel(model));
    expect(model.irVersion).toBe(8);
    expect([...model.opsets]).toEqual([['', 17]]);
  });

  test('names never collide: not of values or constants, not of nodes, nor with bodies', () => {
    const g = new GraphBuilder('g');
    const x = g.input('Relu', 'float32', [1]);
    const values = [x];
    for (let i = 0; i < 3; i++)
      values.push(g.node('Relu', [x]), g.node('Relu', [x], {}, { output: 'Relu' }));
    values.push(g.initializer('Relu', new Float32Array(1), [1]));
    values.push(...g.node('Split', [x], {}, { outputs: ['Relu', 'Relu'] }));
    const inner = new GraphBuilder('inner', { outer: g });
    values.push(inner.node('Relu', [x]), g.node('Relu', [x]));
    expect(new Set(values).size).toBe(values.length);
    const nodes = [...g.graph.nodes, ...inner.graph.nodes].map((node) => node.name);
    expect(new Set(nodes).size).toBe(nodes.length);
    expect(nodes[0]).toBe('Relu');
  });

  test.each(['Identity', 'Relu', 'Relu_out', 'const', 'x/y:0', 'größe'])(
    'an output may be called %s, whatever the builder makes up',
    (name) => {
      const g = new GraphBuilder('g');
      g.reserve(name);
      const x = g.input('x', 'float32', [1]);
      const one = g.initializer('const', new Float32Array([1]), []);
      const y = g.node('Relu', [g.node('Add', [x, one])]);
      expect([one, y]).not.toContain(name);
      expect(g.uniqueName(name)).not.toBe(name);
      expect(g.output(y, 'float32', [1], name)).toBe(name);
      assertValidModel(g.build());
      expect(g.graph.nodes.at(-1)?.outputs).toEqual([name]);
    },
  );

  test('an output called as a node is the output, reserved or not', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', [1]);
    g.output(g.node('Relu', [x]), 'float32', [1], 'Identity');
    g.output(g.node('Neg', [x]), 'float32', [1], 'Relu');
    assertValidModel(g.build());
    expect(g.graph.outputs.map(({ name }) => name)).toEqual(['Identity', 'Relu']);
  });

  test('one name asked for many times is quick to make unique', () => {
    const g = new GraphBuilder('g');
    let x = g.input('x', 'float32', [1]);
    const start = performance.now();
    for (let i = 0; i < 20_000; i++) x = g.node('Relu', [x]);
    expect(g.graph.nodes.at(-1)?.name).toBe('Relu_19999');
    // Trying every number each time would take 400 million look-ups.
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test('omitted outputs stay omitted, undefined attributes are left out', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', [1, 1, 1]);
    const w = g.initializer('w', new Float32Array(4), [1, 4, 1]);
    const outputs = ['', 'last'];
    const attributes = { hidden_size: attr.int(1), clip: undefined };
    expect(g.node('LSTM', [x, w, w], attributes, { outputs })).toEqual(['', 'last']);
    expect([...(g.graph.nodes[0]?.attributes.keys() ?? [])]).toEqual(['hidden_size']);
  });

  test('an output under another name is an Identity', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', ['n']);
    expect(g.output(x, 'float32', ['n'], 'same')).toBe('same');
    expect(g.graph.nodes.map((node) => node.opType)).toEqual(['Identity']);
    assertValidModel(g.build());
  });

  test('bodies see the values around them, not the other way round', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', [1]);
    const inner = new GraphBuilder('inner', { outer: g });
    const y = inner.node('Relu', [x]);
    expect(inner.has(x)).toBe(true);
    expect(g.has(y)).toBe(false);
    expect(() => g.node('Relu', [y])).toThrow('does not have yet');
  });

  const small = () => {
    const g = new GraphBuilder('g');
    g.input('x', 'float32', [1]);
    return g;
  };
  test.each([
    ['an unknown input', () => small().node('Relu', ['nowhere'])],
    ['an input twice', () => small().input('x', 'float32', [1])],
    ['an input without a name', () => small().input('', 'float32', [1])],
    ['an output without a name', () => small().output('x', 'float32', [1], '')],
    ['an unknown output', () => small().output('nowhere', 'float32', [1])],
    [
      'an output under a taken name',
      () => {
        const g = small();
        g.output(g.node('Relu', ['x']), 'float32', [1], 'x');
      },
    ],
    [
      'an output twice',
      () => {
        const g = small();
        g.output('x', 'float32', [1]);
        g.output('x', 'float32', [1]);
      },
    ],
    ['a plain list without its dtype', () => small().initializer('w', [1] as never, [1])],
    ['values that do not fit', () => small().initializer('w', new Float32Array(2), [3])],
  ])('refuses %s', (_, run) => {
    expect(run).toThrow(OnnxError);
  });
});
