import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GaussianLatent } from '@latentkit/core';
import { loadAutoencoder } from '@latentkit/node';
import { attr, checkModel, GraphBuilder, type Model, readModel, writeModel } from '@latentkit/onnx';
import { checkModels, recordModels } from '../check-models.ts';
import type { GivenSettings } from '../config/settings.ts';
import { soundParts } from '../testing/sound-model.ts';
import { adoptModel } from './adopt-model.ts';
import { renameValues } from './surgery/rename.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-adopt-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A sound encoder and decoder with the names that torch's older exporter gives. */
async function foreign(name: string, change: (encoder: Model, decoder: Model) => void = () => {}) {
  const { models } = soundParts();
  const [encoder, decoder] = ['encoder.onnx', 'decoder.onnx'].map((file) => models.get(file)) as [
    Model,
    Model,
  ];
  renameValues(
    encoder.graph,
    new Map([
      ['x', 'input.1'],
      ['mean', '31'],
      ['log_var', '33'],
    ]),
  );
  renameValues(
    decoder.graph,
    new Map([
      ['z', 'onnx::Gemm_0'],
      ['mean', '12'],
    ]),
  );
  change(encoder, decoder);
  const files = {
    encoder: join(root, `${name}-encoder.onnx`),
    decoder: join(root, `${name}-decoder.onnx`),
  };
  await writeFile(files.encoder, writeModel(encoder));
  await writeFile(files.decoder, writeModel(decoder));
  return { ...files, image: '4x4x1', out: join(root, name) };
}

const MAP = { mean: '31', log_var: '33' } as const;

describe('adoptModel', () => {
  test('from two files to a model that passes every check and runs', async () => {
    const options = await foreign('torch');
    const { card, notes } = await adoptModel({ ...options, map: MAP });
    expect(notes[0]).toBe("encoder: 'input.1' is x, '31' is mean, '33' is log_var");
    expect(card).toMatchObject({
      name: 'torch',
      family: 'vae',
      latent: { kind: 'gaussian', size: 4 },
      item: { shape: [4, 4, 1], layout: 'HWC', range: [0, 1] },
      preprocessing: { scale: 1 / 255, offset: 0 },
    });
    const { passed, models } = await checkModels([options.out], {
      settings: { devices: ['cpu', 'cpu-plain'] },
    });
    expect(models.flatMap(({ outcomes }) => outcomes.flatMap(({ findings }) => findings))).toEqual(
      [],
    );
    expect(passed).toBe(true);
    const vae = await loadAutoencoder(options.out);
    expect((await vae.encoder.embed(new Float32Array(32).fill(0.5))).dims).toEqual([2, 4]);
    await vae.dispose();
  });

  test('asks for the roles that names do not tell, and refuses names that are not there', async () => {
    const options = await foreign('unknown');
    await expect(adoptModel(options)).rejects.toThrow(
      "--map mean=NAME: the mean of the posterior, or the embedding, one of '31', '33'",
    );
    await expect(adoptModel({ ...options, map: { mean: 'mu' } })).rejects.toThrow(
      "one of '31', '33'",
    );
    // Each value once: outputs are what nodes give as well.
    await expect(adoptModel(options)).rejects.toThrow("received 'no mean, and names that");
    const refusal = await adoptModel({ ...options, map: { mean: 'mu' } }).catch(String);
    expect(String(refusal).match(/'31'/g)).toHaveLength(1);
  });

  test('files in the place of each other are told, and a file that is no ONNX by its name', async () => {
    const { encoder, decoder, ...options } = await foreign('swapped');
    const swapped = adoptModel({ ...options, encoder: decoder, decoder: encoder, map: {} });
    await expect(swapped).rejects.toMatchObject({
      argument: 'encoder',
      message: expect.stringContaining('are the two swapped?'),
    });
    const twice = adoptModel({ ...options, encoder, decoder: encoder, map: {} });
    await expect(twice).rejects.toMatchObject({
      argument: 'decoder',
      message: expect.stringContaining('leave it out, or name the decoder'),
    });
    const alone = adoptModel({ ...options, encoder: decoder, decoder: undefined, map: {} });
    await expect(alone).rejects.toMatchObject({
      argument: 'encoder',
      message: expect.stringContaining('name the encoder, and the decoder after it'),
    });
    const text = join(root, 'text.onnx');
    await writeFile(text, 'no model');
    await expect(
      adoptModel({ ...options, encoder, decoder: text, map: MAP }),
    ).rejects.toMatchObject({
      name: 'OnnxError',
      message: expect.stringContaining(text),
    });
  });

  test('an encoder of which the mean alone is wanted is one of points', async () => {
    const options = await foreign('point');
    const { card } = await adoptModel({ ...options, map: { mean: '31' } });
    expect([card.family, card.latent]).toEqual(['ae', { kind: 'point', size: 4 }]);
  });

  test('a value has one role: what is mapped to the mean is no variance by its name', async () => {
    const options = await foreign('one-role', ({ graph }) => {
      renameValues(
        graph,
        new Map([
          ['31', 'mu'],
          ['33', 'log_var'],
        ]),
      );
    });
    const { card } = await adoptModel({ ...options, map: { mean: 'log_var' } });
    expect([card.family, card.latent]).toEqual(['ae', { kind: 'point', size: 4 }]);
    const both = { mean: 'log_var', log_var: 'log_var' };
    await expect(adoptModel({ ...options, map: both })).rejects.toThrow(
      "map log_var: expected another value than the mean, received 'log_var'",
    );
  });

  test('opens a fixed batch, and the Reshape that repeats it, where rows come out as alone', async () => {
    const options = await foreign('fixed', fixBatch);
    const { notes } = await adoptModel({ ...options, map: MAP });
    expect(notes).toContain('encoder: a fixed batch was opened; rows come out as they do alone');
    const vae = await loadAutoencoder(options.out);
    expect((await vae.encoder.embed(new Float32Array(16 * 5))).dims).toEqual([5, 4]);
    await vae.dispose();
  });

  test('refuses a batch whose rows depend on each other', async () => {
    const options = await foreign('mixed', ({ graph }) => {
      for (const node of graph.nodes)
        node.outputs = node.outputs.map((name) => (name === '31' ? 'apart' : name));
      const node = (opType: string, inputs: string[], outputs: string[]) => ({
        name: opType,
        opType,
        domain: '',
        inputs,
        outputs,
        attributes: new Map(),
        docString: '',
      });
      const mean = node('ReduceMean', ['apart'], ['middle']);
      graph.nodes.push(
        { ...mean, attributes: new Map([['axes', { type: 'ints', value: [0n] }]]) } as never,
        node('Sub', ['apart', 'middle'], ['31']),
      );
    });
    await expect(adoptModel({ ...options, map: MAP })).rejects.toThrow(
      /row 0 of 'mean' is off by .* in a batch of 2/,
    );
  });

  test.each([
    [
      'a picture of another size',
      { image: '5x5x1' },
      'no picture of 5 × 5 × 1. Give the size that it takes (image, --image).',
    ],
    ['a size that is none', { image: '4x4' }, 'height, width and channels'],
  ])('refuses %s', async (_, given, message) => {
    await expect(adoptModel({ ...(await foreign('size')), map: MAP, ...given })).rejects.toThrow(
      message,
    );
  });

  test('gives means where the decoder gives logits, and takes channels first as they are', async () => {
    const g = new GraphBuilder('decoder');
    const z = g.input('z', 'float32', ['n', 4]);
    const w = g.initializer('w', new Float32Array(64).fill(0.1), [4, 16]);
    g.output(g.node('MatMul', [z, w], {}, { output: 'x_logits' }), 'float32', ['n', 16]);
    const options = await foreign('logits');
    await writeFile(options.decoder, writeModel(g.build()));
    const { card } = await adoptModel({ ...options, map: MAP, layout: 'CHW' });
    expect(card.graphs.decoder?.outputs.map(({ name }) => name)).toEqual(['logits', 'mean']);
    expect(card.item).toMatchObject({ shape: [1, 4, 4], layout: 'CHW' });
  });
});

describe('what one file, an encoder alone and codes need', () => {
  /** An autoencoder of flat items in one file, which gives what is decoded alone. */
  function wholeGraph(): GraphBuilder {
    const g = new GraphBuilder('whole');
    const x = g.input('x', 'float32', ['n', 16]);
    const w = g.initializer(
      'w',
      Float32Array.from({ length: 64 }, (_, i) => Number(i % 4 === Math.floor(i / 16))),
      [16, 4],
    );
    const z = g.node('MatMul', [x, w], {}, { output: 'code' });
    const back = g.node('Transpose', [w], {}, { output: 'back' });
    g.output(g.node('MatMul', [z, back], {}, { output: 'y' }), 'float32', ['n', 16]);
    return g;
  }

  async function written(name: string, g: GraphBuilder): Promise<string> {
    const path = join(root, `${name}.onnx`);
    await writeFile(path, writeModel(g.build()));
    return path;
  }

  test('one file that gives no latent is split at the value that is named, and asks for it', async () => {
    const encoder = await written('whole', wholeGraph());
    const options = { encoder, image: '4x4x1', out: join(root, 'whole') };
    await expect(adoptModel(options)).rejects.toThrow('--map z=NAME: the value between');
    await expect(adoptModel(options)).rejects.toThrow(
      /such as 'code' \(4 numbers an item\) .* received 'no z, and names that do not tell it'/,
    );
    // A value that is no cut: the decoder would need the item as well.
    await expect(adoptModel({ ...options, map: { z: 'back' } })).rejects.toThrow(
      /--map z=NAME: .* received 'back'/,
    );
    const { card, notes } = await adoptModel({ ...options, map: { z: 'code' } });
    expect(card).toMatchObject({ family: 'ae', latent: { kind: 'point', size: 4 } });
    expect(notes[0]).toBe("the file encodes and decodes: it is split at 'code'");
  });

  test('an output whose sizes are declared by name has those that follow from the graph', async () => {
    const model = wholeGraph().build();
    const declared = { y: ['n', 'MatMuly_dim_1'], code: ['n', 4] };
    model.graph.outputs = Object.entries(declared).map(([name, shape]) => ({
      name,
      type: { kind: 'tensor', dtype: 'float32', shape },
      docString: '',
    }));
    const encoder = join(root, 'named.onnx');
    await writeFile(encoder, writeModel(model));
    const options = { encoder, image: '4x4x1', out: join(root, 'named') };
    const { card, notes } = await adoptModel({ ...options, map: { mean: 'code' } });
    expect(card).toMatchObject({ family: 'ae', latent: { kind: 'point', size: 4 } });
    expect(notes[0]).toBe("the file encodes and decodes: it is split at 'code'");
  });

  /** Two outputs as large as items: the second is a map of what was decoded wrongly. */
  function withErrors(decoded: string, errors: string): GraphBuilder {
    const g = new GraphBuilder('errors');
    const x = g.input('x', 'float32', ['n', 16]);
    const w = g.initializer('w', new Float32Array(64).fill(0.1), [16, 4]);
    const mu = g.node('MatMul', [x, w], {}, { output: 'mu' });
    const y = g.node('MatMul', [mu, g.node('Transpose', [w])], {}, { output: decoded });
    g.output(y, 'float32', ['n', 16]);
    g.output(mu, 'float32', ['n', 4]);
    const wrong = g.node('Abs', [g.node('Sub', [y, x])], {}, { output: errors });
    g.output(wrong, 'float32', ['n', 16]);
    return g;
  }

  test.each([
    ['by its name', 'recon', 'diff'],
    ['by what it is made of', 'first', 'second'],
    ['by what it is made of, where both names may be', 'recon', 'recon_error'],
  ])('beside a map of errors the reconstruction is known %s', async (name, decoded, errors) => {
    const out = join(root, `errors ${name}`);
    const encoder = await written(`errors ${name}`, withErrors(decoded, errors));
    const { card, notes } = await adoptModel({ encoder, image: '4x4x1', out, map: { mean: 'mu' } });
    expect(card.family).toBe('ae');
    expect(notes[0]).toBe("the file encodes and decodes: it is split at 'mu'");
    expect(notes.at(-1)).toBe(`decoder: 'mu' is z, '${decoded}' is mean`);
  });

  test('of two outputs that are decoded, the one that is meant must be said', async () => {
    const g = withErrors('first', 'errors');
    const scaled = g.node('Relu', ['first'], {}, { output: 'second' });
    g.output(scaled, 'float32', ['n', 16]);
    const encoder = await written('two', g);
    const options = { encoder, image: '4x4x1', out: join(root, 'two') };
    await expect(adoptModel({ ...options, map: { mean: 'mu' } })).rejects.toThrow(
      "--map reconstruction=NAME: the output that gives items, one of 'first', 'errors', 'second'",
    );
    const map = { mean: 'mu', reconstruction: 'second' };
    const { notes } = await adoptModel({ ...options, map });
    expect(notes.at(-1)).toBe("decoder: 'mu' is z, 'second' is mean");
  });

  test('a file of the time when constants were inputs too is taken, in one and in two', async () => {
    const old = (model: Model): Model => {
      model.irVersion = 3;
      for (const [name, { dtype, dims }] of model.graph.initializers) {
        const type = { kind: 'tensor' as const, dtype, shape: [...dims] };
        model.graph.inputs.push({ name, type, docString: '' });
      }
      return model;
    };
    const pair = await foreign('old', (encoder, decoder) => [encoder, decoder].forEach(old));
    const encoder = join(root, 'old-whole.onnx');
    await writeFile(encoder, writeModel(old(wholeGraph().build())));
    const whole = { encoder, image: '4x4x1', out: join(root, 'old-whole'), map: { z: 'code' } };
    for (const options of [{ ...pair, map: MAP }, whole]) {
      await adoptModel(options);
      for (const file of ['encoder.onnx', 'decoder.onnx']) {
        const model = readModel(await readFile(join(options.out, file)));
        const errors = checkModel(model).filter(({ severity }) => severity === 'error');
        expect([model.irVersion, errors]).toEqual([4, []]);
        expect(model.graph.inputs).toHaveLength(1);
      }
    }
  });

  /** An encoder of one output of 2 · 2 × 4 numbers, and a decoder that takes `taken`. */
  async function moments(name: string, output: string, taken: readonly number[], opset = 17) {
    const e = new GraphBuilder('moments', { opset });
    const x = e.input('x', 'float32', ['n', 16]);
    const to = e.initializer('to', BigInt64Array.of(-1n, 4n, 4n), [3]);
    e.output(e.node('Reshape', [x, to], {}, { output }), 'float32', ['n', 4, 4]);
    const d = new GraphBuilder('decoder', { opset });
    const z = d.input('z', 'float32', ['n', ...taken]);
    const flat = d.node('Flatten', [z], { axis: attr.int(1) });
    const y = d.node('Concat', [flat, flat], { axis: attr.int(1) });
    d.output(y, 'float32', ['n', 16], 'y');
    const [encoder, decoder] = [await written(`${name}-e`, e), await written(`${name}-d`, d)];
    return { encoder, decoder, image: '4x4x1', out: join(root, name) };
  }

  test.each([17, 22])('one output of moments is mean and log_var, opset %i', async (opset) => {
    const options = await moments(`moments-${opset}`, 'latent_parameters', [2, 4], opset);
    const { card, notes } = await adoptModel(options);
    expect(card).toMatchObject({ family: 'vae', latent: { kind: 'gaussian', size: 8 } });
    expect(notes[0]).toBe(
      "encoder: 'latent_parameters' holds mean and log_var, and was divided along dimension 1",
    );
    const vae = await loadAutoencoder(options.out);
    const items = Float32Array.from({ length: 16 }, (_, i) => i / 16);
    const { mean, logVar } = (await vae.encoder.encode(items)) as GaussianLatent;
    expect([mean.data, logVar.data]).toEqual([items.slice(0, 8), items.slice(8)]);
    await vae.dispose();
  });

  test('another output of twice the size is told to be exported as two', async () => {
    await expect(adoptModel(await moments('twice', 'h', [2, 4]))).rejects.toThrow(
      /16 numbers an item as 'z', the decoder takes half as many, 8\. .* parameters\.chunk\(2, dim=1\)/,
    );
  });

  test('an encoder alone embeds; of several outputs the one that is meant must be known', async () => {
    const g = new GraphBuilder('features');
    const x = g.input('x', 'float32', ['n', 16]);
    const half = g.initializer('half', 'float32', [0.5], []);
    const w = g.initializer('w', new Float32Array(128).fill(0.1), [16, 8]);
    const one = g.node('MatMul', [g.node('Mul', [x, half]), w]);
    g.output(one, 'float32', ['n', 8], 'one');
    g.output(
      g.node('ReduceMean', [x], { axes: attr.ints([1]) }, { output: 'b' }),
      'float32',
      ['n', 1],
      'two',
    );
    const encoder = await written('features', g);
    const options = { encoder, image: '4x4x1', out: join(root, 'features') };
    await expect(adoptModel(options)).rejects.toThrow(
      "--map mean=NAME: the mean of the posterior, or the embedding, one of 'one', 'two'",
    );
    const { card, notes } = await adoptModel({ ...options, map: { mean: 'two' } });
    expect(card).toMatchObject({ family: 'encoder', latent: { kind: 'point', size: 1 } });
    expect(card.likelihood).toBeUndefined();
    expect(notes).toContain(
      'no decoder: the model embeds, and does nothing else (where the file decodes too, --map reconstruction=NAME ' +
        'says which output gives items)',
    );
    expect(notes).toContain("encoder: 'one' left out");
  });

  test('indices need a decoder that looks them up', async () => {
    const g = new GraphBuilder('tokens');
    const x = g.input('x', 'float32', ['n', 16]);
    const axis = { axis: attr.int(1), keepdims: attr.int(1) };
    g.output(g.node('ArgMax', [x], axis), 'int64', ['n', 1], 'indices');
    const vectors = new GraphBuilder('vectors');
    const z = vectors.input('z', 'float32', ['n', 16]);
    vectors.output(vectors.node('Identity', [z]), 'float32', ['n', 16], 'y');
    const computed = new GraphBuilder('computed');
    const i = computed.input('indices', 'int64', ['n', 1]);
    const to = { to: attr.int(1) };
    computed.output(computed.node('Cast', [i], to), 'float32', ['n', 1], 'y');
    const encoder = await written('tokens', g);
    for (const [decoder, message] of [
      [await written('vectors', vectors), "the decoder takes vectors ('z')"],
      [await written('computed', computed), 'no float32 matrix [codes, size]'],
    ] as const) {
      await expect(
        adoptModel({ encoder, decoder, image: '4x4x1', out: join(root, 'tokens') }),
      ).rejects.toThrow(message);
    }
  });

  test('a normalisation has as many numbers as channels, or one', async () => {
    const options = await foreign('normal');
    for (const normalise of [
      { mean: [0.5, 0.5], std: [1, 1] },
      { mean: [0.5], std: [0] },
      { mean: [0.5], std: [1, 1] },
    ]) {
      await expect(adoptModel({ ...options, map: MAP, normalise })).rejects.toMatchObject({
        code: 'invalid-argument',
        argument: 'normalise',
      });
    }
  });

  test('golden values that a card does not name are made by --update', async () => {
    const options = await foreign('no-golden');
    await adoptModel({ ...options, map: MAP });
    const path = join(options.out, 'model.json');
    const { golden, ...card } = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify(card));
    await rm(join(options.out, golden.file));
    const settings: GivenSettings = { devices: ['cpu'] };
    expect((await checkModels([options.out], { settings })).passed).toBe(false);
    expect((await recordModels([options.out], { settings })).passed).toBe(true);
    expect(JSON.parse(await readFile(path, 'utf8')).golden).toEqual(golden);
    expect((await checkModels([options.out], { settings })).passed).toBe(true);
  });

  test('golden values that a card names and that are gone are not: the advice says what is', async () => {
    const options = await foreign('golden-gone');
    await adoptModel({ ...options, map: MAP });
    const path = join(options.out, 'model.json');
    const { golden, ...card } = JSON.parse(await readFile(path, 'utf8'));
    await rm(join(options.out, golden.file));
    const settings: GivenSettings = { devices: ['cpu'] };
    const report = await recordModels([options.out], { settings });
    expect(report.passed).toBe(false);
    const present = report.models[0]?.outcomes.find(({ check }) => check === 'golden/present');
    expect(present).toMatchObject({
      status: 'failed',
      remedy: expect.stringMatching(
        /^Copy the file again .* or export or adopt the model again\. .*take golden out of model\.json .*check --update/,
      ),
    });
    await writeFile(path, JSON.stringify(card));
    expect((await recordModels([options.out], { settings })).passed).toBe(true);
  });

  test('roles are those that there are', async () => {
    const options = await foreign('role');
    await expect(adoptModel({ ...options, map: { mu: '31' } as never })).rejects.toThrow(
      /map: expected 'x' or 'mean' or .*'reconstruction', received 'mu'/,
    );
  });
});

function fixBatch(encoder: Model): void {
  const { graph } = encoder;
  for (const { type } of [...graph.inputs, ...graph.outputs]) {
    if (type.kind === 'tensor') type.shape = [1, ...(type.shape?.slice(1) ?? [])];
  }
  for (const node of graph.nodes)
    node.outputs = node.outputs.map((name) => (name === '31' ? 'flat' : name));
  graph.initializers.set('to', {
    name: 'to',
    dtype: 'int64',
    dims: [2],
    raw: new Uint8Array(new BigInt64Array([1n, 4n]).buffer),
  });
  graph.nodes.push({
    name: 'view',
    opType: 'Reshape',
    domain: '',
    inputs: ['flat', 'to'],
    outputs: ['31'],
    attributes: new Map(),
    docString: '',
  });
}
