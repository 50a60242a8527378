import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OnnxError } from '../errors.ts';
import { GraphBuilder } from '../graph-builder.ts';
import type { ExternalLocation, Model } from '../ir.ts';
import { sampleModels } from '../testing/sample-models.ts';
import { readModel } from '../wire/read-model.ts';
import { writeModel } from '../wire/write-model.ts';
import { loadModelFile } from './load-model-file.ts';
import { saveModelFile } from './save-model-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-onnx-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const inFolder = (name: string) => join(folder, name);

/** A model with a small and two large constants. */
function model(): Model {
  const g = new GraphBuilder('g');
  const x = g.input('x', 'float32', ['n', 40]);
  const a = g.initializer(
    'a',
    Float32Array.from({ length: 1600 }, (_, i) => i),
    [40, 40],
  );
  const b = g.initializer(
    'b',
    Float32Array.from({ length: 1600 }, (_, i) => -i),
    [40, 40],
  );
  const c = g.initializer('c', Float32Array.of(0.5), [1]);
  const y = g.node('MatMul', [g.node('MatMul', [x, a]), b]);
  g.output(g.node('Mul', [y, c]), 'float32', ['n', 40]);
  return g.build();
}

function pointingTo(location: string, more: Partial<ExternalLocation> = {}): Uint8Array {
  const changed = model();
  const tensor = changed.graph.initializers.get('a');
  if (tensor) {
    tensor.raw = new Uint8Array();
    tensor.external = { location, offset: 0, length: 6400, ...more };
  }
  return writeModel(changed);
}

async function refusal(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    if (OnnxError.isInstance(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('saveModelFile and loadModelFile', () => {
  test('makes the folders that are missing', async () => {
    await saveModelFile(inFolder('a/b/m.onnx'), model());
    await saveModelFile(inFolder('a/b/n.onnx'), model());
    expect((await readdir(inFolder('a/b'))).sort()).toEqual(['m.onnx', 'n.onnx']);
  });

  test('is refused where no folder can be made, at once', async () => {
    await writeFile(inFolder('file'), '');
    const places = [inFolder('file/deep/m.onnx'), '/proc/nowhere/deep/m.onnx'];
    for (const place of places) {
      expect(await refusal(saveModelFile(place, model()))).toMatch(/^io: Cannot write/);
    }
  });

  test('one file', async () => {
    const path = inFolder('m.onnx');
    await saveModelFile(path, model());
    expect(await readdir(folder)).toEqual(['m.onnx']);
    expect(await loadModelFile(path)).toEqual(model());
  });

  test('large constants beside the model', async () => {
    const path = inFolder('m.onnx');
    const saved = model();
    await saveModelFile(path, saved, { externalData: {} });
    expect(saved).toEqual(model());
    expect((await readdir(folder)).sort()).toEqual(['m.onnx', 'm.onnx.data']);
    const left = await loadModelFile(path, { externalData: 'leave' });
    const at = [...left.graph.initializers.values()].map((tensor) => tensor.external);
    const location = 'm.onnx.data';
    expect(at).toEqual([
      { location, offset: 0, length: 6400 },
      { location, offset: 8192, length: 6400 },
      undefined,
    ]);
    expect(await loadModelFile(path)).toEqual(model());
  });

  test('constants inside bodies go outside too', async () => {
    const loop = sampleModels().get('loop') as Model;
    const body = loop.graph.nodes[0]?.attributes.get('body');
    const raw = new Uint8Array(new Float32Array(600).fill(2).buffer);
    if (body?.type === 'graph') {
      body.value.initializers.set('big', { name: 'big', dtype: 'float32', dims: [600], raw });
    }
    await saveModelFile(inFolder('m.onnx'), loop, { externalData: { location: 'sub/w.bin' } });
    expect(existsSync(inFolder('sub/w.bin'))).toBe(true);
    expect(await loadModelFile(inFolder('m.onnx'))).toEqual(loop);
  });

  test('the threshold decides', async () => {
    await saveModelFile(inFolder('m.onnx'), model(), { externalData: { threshold: 6401 } });
    expect(await readdir(folder)).toEqual(['m.onnx']);
  });

  test('the same model gives the same files', async () => {
    for (const name of ['a', 'b']) {
      await saveModelFile(inFolder(name), model(), { externalData: { location: 'w' } });
    }
    expect(await readFile(inFolder('a'))).toEqual(await readFile(inFolder('b')));
  });

  test('a failed save leaves the old file and no other', async () => {
    const path = inFolder('m.onnx');
    await saveModelFile(path, model());
    const before = await readFile(path);
    const broken = model();
    const tensor = broken.graph.initializers.get('a');
    if (tensor) tensor.raw = tensor.raw.slice(1);
    expect(await refusal(saveModelFile(path, broken))).toContain('malformed');
    expect(await refusal(saveModelFile(path, broken, { externalData: {} }))).toContain('malformed');
    expect(await readdir(folder)).toEqual(['m.onnx']);
    expect(await readFile(path)).toEqual(before);
  });

  test('a folder that is a file is an io error', async () => {
    await writeFile(inFolder('file'), '');
    expect(await refusal(saveModelFile(inFolder('file/m.onnx'), model()))).toMatch(/^io: /);
    expect(await refusal(loadModelFile(inFolder('absent.onnx')))).toMatch(/^io: /);
  });

  test.each(['../w.bin', '/etc/passwd', 'a/../../w', 'C:\\w', '\\\\host\\w', 'file:///w', ''])(
    'saving to %j is refused',
    async (location) => {
      const saving = saveModelFile(inFolder('m.onnx'), model(), { externalData: { location } });
      expect(await refusal(saving)).toMatch(/^external-data: /);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test('the data file cannot take the model’s place', async () => {
    const options = { externalData: { location: './m.onnx' } };
    expect(await refusal(saveModelFile(inFolder('m.onnx'), model(), options))).toContain(
      'model file',
    );
  });
});

describe('external data is refused', () => {
  const load = (bytes: Uint8Array) => async () => {
    await mkdir(inFolder('models'), { recursive: true });
    await writeFile(inFolder('models/m.onnx'), bytes);
    return refusal(loadModelFile(inFolder('models/m.onnx')));
  };
  const weights = new Uint8Array(6400);

  test.each(['../w.bin', 'a/../../w.bin', '/etc/hostname', 'c:w.bin', 'a\\b', 'a\0b', '.', 'a/'])(
    'at %j',
    async (location) => {
      await writeFile(inFolder('w.bin'), weights);
      expect(await load(pointingTo(location))()).toMatch(/^external-data: .*refused/);
    },
  );

  test('behind a link out of the folder, to a file or through a folder', async () => {
    await mkdir(inFolder('models'));
    await writeFile(inFolder('w.bin'), weights);
    await symlink(inFolder('w.bin'), inFolder('models/w.bin'));
    expect(await load(pointingTo('w.bin'))()).toContain('a link leads out');
    await symlink(folder, inFolder('models/up'));
    expect(await load(pointingTo('up/w.bin'))()).toContain('a link leads out');
  });

  test('when it is missing, too short, or no file', async () => {
    expect(await load(pointingTo('w.bin'))()).toContain('not beside the model');
    await writeFile(inFolder('models/w.bin'), weights.slice(1));
    expect(await load(pointingTo('w.bin'))()).toContain('needs bytes 0 to 6400');
    await writeFile(inFolder('models/w.bin'), weights);
    expect(await load(pointingTo('w.bin', { offset: 1 }))()).toContain('needs bytes 1 to 6401');
    expect(await load(pointingTo('w.bin', { offset: 2 ** 52 }))()).toContain('which has 6400');
    await mkdir(inFolder('models/folder'));
    expect(await load(pointingTo('folder'))()).toContain('not a regular file');
  });

  test('but a link inside the folder is followed', async () => {
    await mkdir(inFolder('models'));
    await writeFile(inFolder('models/real.bin'), weights);
    await symlink('real.bin', inFolder('models/w.bin'));
    await link(inFolder('models/real.bin'), inFolder('models/hard.bin'));
    await writeFile(inFolder('models/m.onnx'), pointingTo('w.bin'));
    const loaded = await loadModelFile(inFolder('models/m.onnx'));
    expect(loaded.graph.initializers.get('a')?.raw).toEqual(weights);
  });

  test('and the model’s own folder may be reached by a link', async () => {
    await mkdir(inFolder('models'));
    await writeFile(inFolder('models/w.bin'), weights);
    await writeFile(inFolder('models/m.onnx'), pointingTo('w.bin'));
    await symlink(inFolder('models'), inFolder('linked'));
    await expect(loadModelFile(inFolder('linked/m.onnx'))).resolves.toBeDefined();
    expect(readModel(pointingTo('w.bin')).graph.initializers.get('a')?.external?.offset).toBe(0);
  });
});
