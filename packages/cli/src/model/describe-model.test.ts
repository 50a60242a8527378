import { describe, expect, test } from '@jest/globals';
import type { ModelCard } from '@latentkit/core';
import { describeModel } from './describe-model.ts';
import type { CheckedFile } from './model-files.ts';

const file = { file: 'encoder.onnx', bytes: 1_320_000, sha256: 'a'.repeat(64) };
const info = (name: string, size: number) => ({
  name,
  dtype: 'float32' as const,
  shape: ['batch', size],
});

const card: ModelCard = {
  format: 1,
  name: 'mine',
  family: 'vae',
  item: { shape: [28, 28, 1], layout: 'HWC', range: [0, 1] },
  preprocessing: { scale: 1 / 255, offset: 0 },
  likelihood: { kind: 'bernoulli' },
  latent: { kind: 'gaussian', size: 20 },
  graphs: {
    encoder: { inputs: [info('x', 784)], outputs: [info('mean', 20)], files: { fp32: file } },
    decoder: { inputs: [info('z', 20)], outputs: [info('mean', 784)], files: { fp32: file } },
  },
  metrics: [
    {
      name: 'test loss',
      value: 105.598_12,
      unit: 'nats per item',
      protocol: 'one sample an item',
      split: 'test',
      count: 10_000,
    },
  ],
  provenance: {
    dataset: 'mnist',
    seed: 1,
    epochs: 10,
    objective: 'ELBO',
    engine: 'tfjs',
    tools: { tfjs: '4.22.0' },
  },
  tolerance: { cpu: 1e-4 },
};

describe('describeModel', () => {
  test('says what the card says', () => {
    const files: CheckedFile[] = [
      { ...file, role: 'encoder fp32', ok: true },
      { ...file, file: 'decoder.onnx', role: 'decoder fp32', ok: false, fault: 'missing' },
    ];
    const device = {
      name: 'cpu',
      attempts: [
        { device: 'cuda', ok: false, reason: 'no libraries' },
        { device: 'cpu', ok: true, reason: 'opened' },
      ],
    };
    expect(describeModel(card, files, device)).toBe(`mine

model
  family        vae
  item          28 × 28 × 1 (HWC), values 0 to 1
  8-bit pixels  value = pixel / 255
  latent        gaussian, 20 dimensions
  likelihood    bernoulli

encoder graph
  in   x     float32  [batch, 784]
  out  mean  float32  [batch, 20]

decoder graph
  in   z     float32  [batch, 20]
  out  mean  float32  [batch, 784]

files
  ok   encoder.onnx  encoder fp32  1.32 MB
  BAD  decoder.onnx  decoder fp32  1.32 MB  missing

runs here on
  cpu
  not cuda  no libraries

metrics
  test loss  105.598 nats per item  (test, 10,000 items)
    one sample an item

tolerance
  cpu  1e-4 largest absolute error against the golden outputs

made by
  data       mnist
  objective  ELBO
  engine     tfjs
  epochs     10
  seed       1
  tfjs       4.22.0`);
  });

  test.each([
    [{ kind: 'point', size: 8 }, 'point (no prior), 8 dimensions'],
    [{ kind: 'flow', size: 8, flow: 'planar', steps: 4 }, 'flow, 8 dimensions, 4 planar steps'],
    [{ kind: 'ladder', size: 24, levels: [8, 16] }, 'ladder, 24 dimensions in levels of 8, 16'],
    [
      { kind: 'codes', size: 784, grid: [7, 7], codes: 128, dim: 16 },
      'codes (no prior), 7 × 7 codes out of 128, of 16 dimensions each',
    ],
  ] satisfies [ModelCard['latent'], string][])('describes the latent %o', (latent, words) => {
    expect(describeModel({ ...card, latent }, [])).toContain(`latent        ${words}\n`);
  });

  test('tells preprocessing, likelihood and classes that are not as usual', () => {
    const said = describeModel(
      {
        ...card,
        preprocessing: { scale: 0.007, offset: -1 },
        likelihood: { kind: 'gaussian', sigma: 0.1 },
        condition: { labels: ['cat', 'dog'] },
        metrics: [],
      },
      [],
    );
    expect(said).toContain('value = pixel × 0.007 - 1');
    expect(said).toContain('gaussian, σ = 0.1');
    expect(said).toContain('condition     cat, dog');
    expect(said).toContain('none recorded');
  });
});
