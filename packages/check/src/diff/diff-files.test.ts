import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tensor } from '@latentkit/core';
import {
  attr,
  GraphBuilder,
  type Model,
  optimize,
  tensorFromArray,
  tensorToArray,
  writeModel,
} from '@latentkit/onnx';
import { saveModelFile } from '@latentkit/onnx/node';
import {
  computeGolden,
  graphBytes,
  type Parts,
  soundParts,
  writeParts,
} from '../testing/sound-model.ts';
import { diffFiles } from './diff-files.ts';
import { diffGraphs } from './diff-graphs.ts';
import { printFilesDiff } from './print-diff.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-diff-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function folder(name: string, change: (parts: Parts) => void = () => {}): Promise<string> {
  const parts = soundParts();
  change(parts);
  const files = graphBytes(parts).set(parts.card.golden.file, await computeGolden(parts));
  await writeParts(join(root, name), { card: parts.card, files });
  return join(root, name);
}

const encoderOf = ({ models }: Parts) => models.get('encoder.onnx') as Model;

function scaled(model: Model, name: string, factor: number): void {
  const weight = model.graph.initializers.get(name);
  const values = Array.from(
    tensorToArray(weight as never) as Float32Array,
    (value) => value * factor,
  );
  model.graph.initializers.set(name, tensorFromArray(name, 'float32', values, weight?.dims ?? []));
}

describe('two folders', () => {
  test('a model may replace itself', async () => {
    const { verdict, contract } = await diffFiles(await folder('a'), await folder('same'));
    expect(contract).toEqual([]);
    expect(verdict).toEqual({
      replaces: true,
      reason: 'encoder: the graph is the same; decoder: the graph is the same',
    });
  });

  test('that one graph is the same is said of that one', async () => {
    const [a, b] = [
      await folder('a'),
      await folder('other-decoder', (parts) =>
        scaled(parts.models.get('decoder.onnx') as Model, 'turn', 1.02),
      ),
    ];
    const { verdict } = await diffFiles(a, b, { tolerance: 1 });
    expect(verdict).toEqual({
      replaces: true,
      reason: 'encoder: the graph is the same; decoder: every output agrees to 1',
    });
  });

  test('weights × 1.05 may not, and the text says which, and by how much', async () => {
    const [a, b] = [
      await folder('a'),
      await folder('scaled', (parts) => scaled(encoderOf(parts), 'w2', 1.05)),
    ];
    const diff = await diffFiles(a, b);
    expect(diff.verdict.replaces).toBe(false);
    expect(diff.graphs['encoder']?.outputs['mean']?.cosine).toBeCloseTo(1, 5);
    const text = printFilesDiff(diff, a, b);
    expect(text).toContain('~ weight w2: float32[8, 4], by 5 % of its norm');
    expect(text.split('\n').at(-1)).toBe(
      `${b} may not replace ${a}: encoder: 'mean' is off by 0.024, 0.0001 is allowed.`,
    );
  });

  test('another contract may not', async () => {
    const b = await folder('shape', ({ card }) => {
      card.item.shape = [2, 8, 1];
    });
    const { verdict, contract } = await diffFiles(await folder('a'), b);
    expect(verdict).toEqual({ replaces: false, reason: 'item.shape on the card is another' });
    expect(contract).toEqual([{ field: 'item.shape', before: [4, 4, 1], after: [2, 8, 1] }]);
  });
});

describe('two files', () => {
  test('weights that lie beside a file are read with it', async () => {
    const model = soundParts().models.get('decoder.onnx') as Model;
    const [a, b] = [join(root, 'whole.onnx'), join(root, 'apart.onnx')];
    await writeFile(a, writeModel(model));
    await saveModelFile(b, model, { externalData: { threshold: 0, location: 'apart.data' } });
    const { verdict } = await diffFiles(a, b);
    expect(verdict).toEqual({ replaces: true, reason: 'the graph is the same' });
    await rm(join(root, 'apart.data'));
    await expect(diffFiles(a, b)).rejects.toMatchObject({
      code: 'invalid-data',
      message: expect.stringMatching(
        /^\S*apart\.onnx is no ONNX model that can be read: .*apart\.data/,
      ),
    });
  });

  test('an input without a shape is named, and what to do', async () => {
    const model = soundParts().models.get('decoder.onnx') as Model;
    const [input] = model.graph.inputs;
    if (input?.type.kind === 'tensor') input.type.shape = null;
    const path = join(root, 'shapeless.onnx');
    await writeFile(path, writeModel(model));
    const diff = await diffFiles(path, path);
    expect(diff.verdict).toMatchObject({
      replaces: false,
      reason: expect.stringMatching(/'z' has no shape in the file, .* golden inputs$/),
    });
    const rows = tensor(new Float32Array(8), [2, 4]);
    const fed = await diffFiles(path, path, { inputs: { z: rows } });
    expect(fed.verdict.replaces).toBe(true);
  });

  test.each(['string', 'bfloat16'] as const)(
    'of an input of %s no values are drawn: only the same graph may replace it',
    async (dtype) => {
      const paths = await Promise.all(
        ['Identity', 'Flatten'].map(async (opType) => {
          const g = new GraphBuilder('words');
          g.output(g.node(opType, [g.input('words', dtype, ['n', 4])]), dtype, ['n', 4], 'y');
          const path = join(root, `${dtype}-${opType}.onnx`);
          await writeFile(path, writeModel(g.build()));
          return path;
        }),
      );
      const [one, other] = paths as [string, string];
      expect((await diffFiles(one, one)).verdict).toEqual({
        replaces: true,
        reason: 'the graph is the same',
      });
      expect((await diffFiles(one, other)).verdict).toEqual({
        replaces: false,
        reason: expect.stringContaining(`'words' is of ${dtype}, of which no values can be drawn`),
      });
    },
  );

  test.each([-1, Number.NaN, '1' as never])('a tolerance of %p is refused', async (tolerance) => {
    const path = join(root, 'tolerance.onnx');
    await writeFile(path, writeModel(soundParts().models.get('decoder.onnx') as Model));
    await expect(diffFiles(path, path, { tolerance })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('tolerance: expected a number of at least 0'),
    });
  });

  test('the stop of a cause is no second one', async () => {
    const g = new GraphBuilder('g');
    g.output(g.node('Relu', [g.input('x', 'float32', [2])], {}, { output: 'y' }), 'float32', [2]);
    const model = g.build();
    const element = { kind: 'tensor' as const, dtype: 'float32' as const, shape: null };
    model.graph.inputs.push({ name: 's', type: { kind: 'sequence', element }, docString: '' });
    const path = join(root, 'sequence.onnx');
    await writeFile(path, writeModel(model));
    const diff = await diffFiles(path, path);
    expect(diff.verdict.replaces).toBe(false);
    expect(printFilesDiff(diff, 'a', 'b')).toMatch(/[^.]\.$/);
  });

  test.each([
    ['float16', 10],
    ['float64', 11],
  ] as const)('outputs of %s are compared as the numbers that they are', async (dtype, to) => {
    const files = await Promise.all(
      [1, 1.01].map(async (factor) => {
        const g = new GraphBuilder('g');
        const x = g.input('x', 'float32', ['n', 16]);
        const scaled = g.node('Mul', [x, g.initializer('factor', 'float32', [factor], [])]);
        g.output(g.node('Cast', [scaled], { to: attr.int(to) }), dtype, ['n', 16], 'y');
        const path = join(root, `${dtype}-${factor}.onnx`);
        await writeFile(path, writeModel(g.build()));
        return path;
      }),
    );
    const [a, b] = files as [string, string];
    const { graphs, verdict } = await diffFiles(a, b, { tolerance: 0.02 });
    const { error, cosine } = Object.values(graphs)[0]?.outputs['y'] ?? {};
    expect(error).toBeGreaterThan(0.005);
    expect(error).toBeLessThan(0.011);
    expect(cosine).toBeCloseTo(1, 5);
    expect(verdict.replaces).toBe(true);
    expect((await diffFiles(a, b)).verdict.replaces).toBe(false);
  });

  test('an optimised graph may replace the graph, whatever changed in it', async () => {
    const model = soundParts().models.get('decoder.onnx') as Model;
    const [a, b] = [join(root, 'a.onnx'), join(root, 'b.onnx')];
    await writeFile(a, writeModel(model));
    await writeFile(b, writeModel(optimize(model)));
    const { verdict, graphs } = await diffFiles(a, b);
    expect(graphs['b.onnx']?.structure.operators).toMatchObject({
      Identity: { before: 1, after: 0 },
    });
    expect(verdict).toEqual({ replaces: true, reason: 'every output agrees to 0.0001' });
  });

  test('a renamed output, and bytes that cannot be run', async () => {
    const renamed = encoderOf(soundParts());
    for (const node of renamed.graph.nodes)
      node.outputs = node.outputs.map((name) => (name === 'mean' ? 'mu' : name));
    for (const output of renamed.graph.outputs) if (output.name === 'mean') output.name = 'mu';
    const bytes = writeModel(encoderOf(soundParts()));
    expect((await diffGraphs(bytes, writeModel(renamed))).verdict).toEqual({
      replaces: false,
      reason: "the output 'mean' was removed",
    });
    renamed.opsets.set('com.example', 1);
    for (const node of renamed.graph.nodes) node.domain = 'com.example';
    expect((await diffGraphs(bytes, writeModel(renamed))).problem).toContain('com.example');
  });

  test('outputs of other widths, and no neighbours of fewer rows than are looked for', async () => {
    const of = async (width: number) => {
      const g = new GraphBuilder('encoder');
      const x = g.input('x', 'float32', ['n', 2]);
      const w = g.initializer('w', new Float32Array(2 * width).fill(1), [2, width]);
      g.output(g.node('MatMul', [x, w], {}, { output: 'mean' }), 'float32', ['n', width]);
      const path = join(root, `${width}.onnx`);
      await writeFile(path, writeModel(g.build()));
      return path;
    };
    const [a, b] = [await of(3), await of(4)];
    const rows = (n: number) => ({
      x: tensor(Float32Array.from({ length: 2 * n }, Math.sin), [n, 2]),
    });
    const few = await diffFiles(a, b, { inputs: rows(11) });
    expect(few.graphs['4.onnx']?.outputs).toEqual({ mean: { error: Number.NaN } });
    expect(printFilesDiff(few, a, b)).toContain('output mean: other dimensions, another type');
    const more = await diffFiles(a, b, { inputs: rows(12) });
    expect(more.graphs['4.onnx']?.outputs).toEqual({ mean: { error: Number.NaN, recall: 1 } });
    expect(more.verdict.reason).toContain('it finds 100 % of the 10 nearest');
  });

  test('graphs that take other inputs are told by these, and a long list is cut, with its length', async () => {
    const of = async (width: number, layers: number) => {
      const g = new GraphBuilder('encoder');
      let value = g.input('x', 'float32', ['n', width]);
      for (let layer = 0; layer < layers; layer++) value = g.node('Tanh', [value]);
      g.output(g.node('Relu', [value], {}, { output: 'mean' }), 'float32', ['n', width]);
      const path = join(root, `wide-${width}.onnx`);
      await writeFile(path, writeModel(g.build()));
      return path;
    };
    const [a, b] = [await of(3, 1), await of(4, 60)];
    const diff = await diffFiles(a, b);
    const why = "'x' is float32[n, 3] of the first and float32[n, 4] of the second";
    const text = printFilesDiff(diff, a, b).split('\n');
    expect(text.at(-1)).toBe(
      `${b} may not replace ${a}: they cannot be run on the same inputs: ${why}.`,
    );
    expect(text).toContain(`  not run: ${why}`);
    expect(text.length).toBeLessThan(30);
    expect(text.join('\n')).toMatch(/… and \d+ more lines \(--json has all\)/);
  });

  test('the same file twice', async () => {
    const a = join(root, 'same.onnx');
    await writeFile(a, writeModel(encoderOf(soundParts())));
    const { verdict } = await diffFiles(a, a);
    expect(verdict).toEqual({ replaces: true, reason: 'the graph is the same' });
  });

  test('a file and a folder are refused, and which is which is said', async () => {
    const [a, b] = [join(root, 'kind.onnx'), await folder('kind')];
    await writeFile(a, writeModel(encoderOf(soundParts())));
    for (const paths of [
      [a, b],
      [b, a],
    ] as const)
      await expect(diffFiles(...paths)).rejects.toMatchObject({
        code: 'invalid-argument',
        message: `${b} is a folder, and ${a} is a file: two ONNX files, or two folders of models, were expected.`,
      });
  });

  test('what is not there is named, beside a folder, a file, or nothing', async () => {
    const [none, file, model] = [
      join(root, 'none'),
      join(root, 'there.onnx'),
      await folder('there'),
    ];
    await writeFile(file, writeModel(encoderOf(soundParts())));
    for (const paths of [
      [model, none],
      [none, model],
      [file, none],
      [none, file],
      [none, none],
    ] as const)
      await expect(diffFiles(...paths)).rejects.toMatchObject({
        code: 'not-found',
        message: `${none} is not there: an ONNX file, or a folder of a model was expected.`,
      });
  });

  test.each(['first', 'second'])('the %s folder has no card', async (which) => {
    const model = await folder('carded');
    const bare = join(root, 'bare');
    await mkdir(bare, { recursive: true });
    const paths = which === 'first' ? ([bare, model] as const) : ([model, bare] as const);
    await expect(diffFiles(...paths)).rejects.toMatchObject({
      code: 'not-found',
      message: `${join(bare, 'model.json')} is not there: a file of the model was expected.`,
    });
  });

  test.each(['first', 'second'])('says which file is no ONNX model: the %s', async (which) => {
    const broken = join(root, 'broken.onnx');
    await writeFile(broken, 'no model at all');
    const paths = [broken, join(root, 'a.onnx')];
    const [before, after] = which === 'first' ? paths : paths.reverse();
    await expect(diffFiles(before as string, after as string)).rejects.toMatchObject({
      code: 'invalid-data',
      message: expect.stringContaining(`${broken} is no ONNX model that can be read: `),
    });
  });
});
