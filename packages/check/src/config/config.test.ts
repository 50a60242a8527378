import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseConfig, readConfig, settingsOf } from './config.ts';
import { findModels } from './find-models.ts';
import { checkSettings, STANDARD } from './settings.ts';

describe('parseConfig', () => {
  test('overrides win over what stands beside them, and what is given over both', () => {
    const config = parseConfig(
      JSON.stringify({
        check: {
          models: ['models/*'],
          recall: 0.8,
          bytes: 100,
          overrides: [{ models: ['models/*-large'], bytes: 200 }],
        },
      }),
    );
    expect(settingsOf(config, 'models/a')).toEqual({ ...STANDARD, recall: 0.8, bytes: 100 });
    expect(settingsOf(config, 'models/a-large').bytes).toBe(200);
    expect(settingsOf(config, 'models/a-large', { bytes: 300, recall: undefined })).toMatchObject({
      bytes: 300,
      recall: 0.8,
    });
  });

  test.each([
    ['no JSON', '{', 'not valid JSON'],
    ['a setting that is none', '{"check":{"bites":1}}', 'check.bites'],
    ['a value of the wrong kind', '{"check":{"recall":2}}', 'check.recall'],
    ['a device that is none', '{"check":{"devices":["tpu"]}}', 'check.devices.0'],
    ['an id that is none', '{"check":{"ignore":["everything"]}}', 'check.ignore.0'],
  ])('refuses %s and says where', (_, text, message) => {
    expect(() => parseConfig(text)).toThrow(message);
  });

  test('a file that was asked for must be there', async () => {
    await expect(readConfig('/nowhere/latentkit.config.json')).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

test('checkSettings refuses the first that is none, and leaves out what is absent', () => {
  expect(checkSettings({ devices: ['cpu'], bytes: undefined })).toEqual({ devices: ['cpu'] });
  expect(() => checkSettings({ devices: ['tpu'] })).toThrow('devices');
});

describe('findModels', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'latentkit-find-'));
    for (const model of ['models/a', 'models/b', 'odd [1]/c']) {
      await mkdir(join(root, model), { recursive: true });
      await writeFile(join(root, model, 'model.json'), '{}');
    }
    await mkdir(join(root, 'models/empty'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  test.each([
    ['a folder', ['models/b'], ['models/b']],
    ['its card', ['models/b/model.json'], ['models/b']],
    ['a folder of models', ['models'], ['models/a', 'models/b']],
    ['a folder whose name looks like a glob', ['odd [1]'], ['odd [1]/c']],
    ['a glob', ['models/*'], ['models/a', 'models/b']],
    ['the same twice', ['models/a', 'models/*'], ['models/a', 'models/b']],
  ])('%s', async (_, patterns, folders) => {
    expect(await findModels(patterns, root)).toEqual(folders);
  });

  test.each(['nothing', 'models/empty', 'nothing/*'])(
    '%s names no model, which is an error',
    async (pattern) => {
      await expect(findModels([pattern], root)).rejects.toMatchObject({ code: 'not-found' });
    },
  );
});
