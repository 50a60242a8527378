import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseCard } from '@latentkit/core';
import type { Golden } from './export/golden.ts';
import { verifyGraph } from './export/verify.ts';

/** The models in the repository; `npm run check:models` computes their figures again, given the data. */
const MODELS = join(__dirname, '..', '..', 'models');

describe('models/mnist-vae', () => {
  const folder = join(MODELS, 'mnist-vae');
  const card = parseCard(readFileSync(join(folder, 'model.json'), 'utf8'));

  test('states a grey test loss of at most 106.0 nats after 10 epochs, with its protocol', () => {
    const loss = card.metrics.find(({ name }) => name === 'test loss');
    expect(loss).toMatchObject({ split: 'test', count: 10_000, unit: 'nats per item' });
    expect(loss?.value).toBeLessThanOrEqual(106);
    expect(loss?.protocol).toMatch(/grey: cross-entropy.*plus KL.*10,000 test items of mnist/);
    expect(card.provenance).toMatchObject({ dataset: 'mnist', epochs: 10 });
  });

  test.each(['encoder', 'decoder'] as const)(
    'the %s is the file on the card and does what tfjs did',
    async (name) => {
      const { file, sha256 } = card.graphs[name].files.fp32;
      const bytes = readFileSync(join(folder, file));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Golden;
      const errors = await verifyGraph(name, bytes, golden.graphs[name]);
      for (const output of ['mean', 'log_var']) {
        if (errors[output]) expect(errors[output].maxAbs).toBeLessThanOrEqual(1e-4);
      }
    },
  );
});
