import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { cardCases, type FuzzCase, modelCases, samplesAreRead } from './cases.ts';
import { Judge } from './judge-process.ts';

/*
 * Mutated models and cards by seeded generators, each refused by a typed error or handled, within 2
 * seconds and 512 MiB. `npm test` takes 1,000 of them; `npm run fuzz` takes 7,000, and other seeds by
 * LATENTKIT_FUZZ_SEED.
 */

const ROOT = resolve(__dirname, '../..');
const COUNTS = process.env['LATENTKIT_FUZZ'] === 'all' ? [5000, 2000] : [700, 300];
const SEED = Number(process.env['LATENTKIT_FUZZ_SEED'] ?? 1);

const judge = new Judge();
afterAll(() => judge.stop());

async function faults(cases: readonly FuzzCase[]): Promise<string[]> {
  const found: string[] = [];
  for (const each of cases) {
    const wrong = await judge.fault(each);
    if (wrong) found.push(wrong);
    if (found.length >= 10) break;
  }
  return found;
}

function goodCards(): string[] {
  const folder = join(ROOT, 'models');
  return readdirSync(folder).map((name) => readFileSync(join(folder, name, 'model.json'), 'utf8'));
}

describe('fuzzing', () => {
  test('begins with good files', async () => {
    expect(samplesAreRead()).toBeGreaterThan(5);
    for (const text of goodCards()) {
      const bytes = new TextEncoder().encode(text);
      expect((await judge.judge({ kind: 'card', bytes })).outcome).toBe('right');
    }
  }, 120_000);

  test(`${COUNTS[0]} models`, async () => {
    expect(await faults(modelCases(COUNTS[0] as number, SEED))).toEqual([]);
  }, 3_600_000);

  test(`${COUNTS[1]} cards`, async () => {
    expect(await faults(cardCases(goodCards(), COUNTS[1] as number, SEED))).toEqual([]);
  }, 3_600_000);
});
