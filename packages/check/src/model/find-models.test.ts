import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findModels } from './find-models.ts';

describe('findModels', () => {
  let root: string;

  const put = async (...files: string[]) => {
    for (const file of files) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), '{}');
    }
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'latentkit-find-'));
    await put('models/a/model.json', 'models/b/model.json', 'odd [1]/c/model.json');
    // Graphs of a real model in a folder of their own are part of it; so are those below a lost one.
    await put('models/a/onnx/extra.onnx', 'models/a/notes/deep/extra.onnx');
    await mkdir(join(root, 'models/empty'));
    await put('models/notes.txt', 'models/own.onnx');
    await put(
      'lost/a/model.json',
      'lost/b/encoder.onnx',
      'lost/c/check.json',
      'lost/d/golden.safetensors',
    );
    await put('lost/b/onnx/extra.onnx', 'lost/e/notes.txt', 'lost/node_modules/p/fixture.onnx');
    await put('groups/one/a/model.json', 'groups/one/b/decoder.onnx');
    await put('alone/encoder.onnx', 'alone/old/encoder.onnx', 'whole/model.json');
    await put('whole/onnx/extra.onnx');
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  test.each([
    ['a folder', ['models/b'], ['models/b']],
    ['its card', ['models/b/model.json'], ['models/b']],
    ['a folder of models', ['models'], ['models/a', 'models/b']],
    ['a folder whose name looks like a glob', ['odd [1]'], ['odd [1]/c']],
    ['a glob', ['models/*'], ['models/a', 'models/b']],
    ['a glob of cards', ['models/*/model.json'], ['models/a', 'models/b']],
    ['a glob that goes deep', ['models/**'], ['models/a', 'models/b']],
    ['a glob that reaches below a model', ['models/{*,*/*}'], ['models/a', 'models/b']],
    ['a glob that matches where it begins', ['whole/**'], ['whole']],
    ['the same twice', ['models/a', 'models/*'], ['models/a', 'models/b']],
  ])('%s', async (_, patterns, folders) => {
    expect(await findModels(patterns, root)).toEqual(folders);
  });

  const LOST = ['lost/a', 'lost/b', 'lost/c', 'lost/d'];
  test.each([
    ['a glob matches', ['lost/*'], LOST],
    ['a glob of cards would match', ['lost/*/model.json'], LOST],
    ['a deep glob matches, without what lies below it', ['lost/**'], LOST],
    ['lies in a folder that was named', ['lost'], LOST],
    ['lies in a group', ['groups/*/*'], ['groups/one/a', 'groups/one/b']],
    ['lies below a model, but is what the glob asks for', ['models/a/*'], ['models/a/onnx']],
    ['was named', ['lost/b', 'alone', 'alone/'], ['lost/b', 'alone']],
  ])('names a folder that has lost its card where it %s', async (_, patterns, folders) => {
    expect(await findModels(patterns, root)).toEqual(folders);
  });

  test.each(['nothing', 'models/empty', 'models/notes.txt', 'nothing/*'])(
    'names %s, which is no model, as it was written, beside the others',
    async (pattern) => {
      expect(await findModels(['models/b', pattern, 'odd [1]'], root)).toEqual([
        'models/b',
        pattern,
        'odd [1]/c',
      ]);
    },
  );

  test('a folder whose cards lie in linked folders, one of them gone', async () => {
    await put('store/a/model.json', 'store/b/encoder.onnx');
    await mkdir(join(root, 'linked'));
    for (const name of ['a', 'b'])
      await symlink(join(root, 'store', name), join(root, 'linked', name));
    await symlink(join(root, 'gone'), join(root, 'store/b/model.json'));
    expect(await findModels(['linked/*'], root)).toEqual(['linked/a', 'linked/b']);
  });

  test('the folder of the program, which is a model', async () => {
    expect(await findModels(['**'], join(root, 'whole'))).toEqual(['.']);
  });
});
