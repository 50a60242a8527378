import { describe, expect, test } from '@jest/globals';
import { parseConfig, readConfig, settingsOf } from './config.ts';
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
    [
      'a setting that is none',
      '{"check":{"bites":1}}',
      'check.bites: there is no such setting (is it misspelt?)',
    ],
    ['one, with the address of what there is', '{"check":{"bites":1}}', 'Its schema is https://'],
    ['a value of the wrong kind', '{"check":{"recall":2}}', 'check.recall'],
    [
      'a device that is none',
      '{"check":{"devices":["tpu"]}}',
      'check.devices.0: expected one of cpu, cpu-plain, wasm, webgpu, chromium, chromium-webgpu, received "tpu"',
    ],
    ['an id that is none', '{"check":{"ignore":["everything"]}}', 'check.ignore.0'],
  ])('refuses %s and says where', (_, text, message) => {
    expect(() => parseConfig(text)).toThrow(
      expect.objectContaining({
        code: 'invalid-data',
        message: expect.stringContaining(message),
      }),
    );
  });

  test('a file that was asked for must be there', async () => {
    await expect(readConfig('/nowhere/mine.json')).rejects.toMatchObject({
      code: 'not-found',
      message:
        '/nowhere/mine.json is not there (looked for in /nowhere): a configuration, such as latentkit.config.json, was expected.',
    });
  });
});

test('checkSettings refuses the first that is none, and leaves out what is absent', () => {
  expect(checkSettings({ devices: ['cpu'], bytes: undefined })).toEqual({ devices: ['cpu'] });
  expect(() => checkSettings({ devices: ['cpu', 'tpu'] })).toThrow(
    "devices: expected one of cpu, cpu-plain, wasm, webgpu, chromium, chromium-webgpu, received 'tpu'.",
  );
  expect(() => checkSettings({ targets: ['tpu'] })).toThrow(
    "targets: expected one of node, wasm, webgpu, triton, received 'tpu'.",
  );
});
