import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import Ajv2020 from 'ajv/dist/2020';
import { cardJsonSchema } from '../../scripts/docs/card-schema.ts';
import { generatedPages } from '../../scripts/docs/pages.ts';

describe('the generated pages of docs/', () => {
  test.each(Object.entries(generatedPages()))('%s is up to date', async (path, text) => {
    const written = await readFile(resolve(__dirname, '../..', path), 'utf8');
    // On a difference: npm run docs
    expect(written).toBe(text);
  });
});

describe('the JSON Schema of the card', () => {
  const validate = new Ajv2020({ strict: true, strictTuples: false }).compile(cardJsonSchema());

  const file = { file: 'encoder.onnx', bytes: 10, sha256: 'a'.repeat(64) };
  const info = (name: string, size: number) => ({ name, dtype: 'float32', shape: ['batch', size] });
  const card = {
    format: 1,
    name: 'tiny',
    family: 'vae',
    item: { shape: [2, 2, 1], layout: 'HWC', range: [0, 1] },
    preprocessing: { scale: 1 / 255, offset: 0 },
    likelihood: { kind: 'bernoulli' },
    latent: { kind: 'gaussian', size: 2 },
    graphs: {
      encoder: {
        inputs: [info('x', 4)],
        outputs: [info('mean', 2), info('log_var', 2)],
        files: { fp32: file },
      },
      decoder: { inputs: [info('z', 2)], outputs: [info('mean', 4)], files: { fp32: file } },
    },
    metrics: [],
    provenance: {
      dataset: 'strokes',
      seed: 1,
      epochs: 1,
      objective: 'elbo',
      engine: 'wasm',
      tools: {},
    },
    tolerance: { cpu: 1e-4 },
  };

  test('accepts a card', () => {
    expect([validate(card), validate.errors]).toEqual([true, null]);
  });

  test.each([
    ['another format', { ...card, format: 3 }],
    ['a latent of size 0', { ...card, latent: { kind: 'gaussian', size: 0 } }],
    ['an unknown family', { ...card, family: 'transformer' }],
    ['a range of three', { ...card, item: { ...card.item, range: [0, 1, 2] } }],
    [
      'a file outside the folder',
      {
        ...card,
        golden: { ...file, file: '../secret' },
      },
    ],
  ])('refuses %s', (_, broken) => {
    expect(validate(broken)).toBe(false);
  });
});
