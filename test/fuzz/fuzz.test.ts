import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { cardCases, type FuzzCase, modelCases, samplesAreRead } from './cases.ts';
import type { Verdict } from './judge.ts';

/*
 * Mutated models and cards by seeded generators, each refused by a typed error or handled, within 2
 * seconds and 512 MiB. `npm test` takes 1,000 of them; `npm run fuzz` takes 7,000, and other seeds by
 * LATENTKIT_FUZZ_SEED.
 */

const ROOT = resolve(__dirname, '../..');
const COUNTS = process.env['LATENTKIT_FUZZ'] === 'all' ? [5000, 2000] : [700, 300];
const SEED = Number(process.env['LATENTKIT_FUZZ_SEED'] ?? 1);
const MILLISECONDS = 2000;
const MEBIBYTES = 512;
/** A case that takes longer than the limit is judged again, for the machine may have been busy. */
const TRIALS = 3;
/** After this a case counts as one that never ends. */
const PATIENCE = 30_000;

/** The process that judges, started anew after a case that killed it or never ended. */
class Judge {
  #child: ChildProcess | undefined;
  /** What the process holds before it has judged anything. */
  #base = 0;

  async judge(each: FuzzCase): Promise<Verdict & { growth: number }> {
    const child = this.#child ?? (await this.#start());
    child.send(each);
    const verdict = await this.#answer(child);
    return { ...verdict, growth: verdict.peak - this.#base };
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(join(__dirname, 'judge.ts'), {
      execArgv: ['--import', 'tsx', '--conditions=latentkit-source', '--max-old-space-size=512'],
      serialization: 'advanced',
      cwd: ROOT,
    });
    this.#child = child;
    await once(child, 'message');
    const relu = modelCases(1, 0)[0] as FuzzCase;
    child.send(relu);
    this.#base = (await this.#answer(child)).peak;
    return child;
  }

  async #answer(child: ChildProcess): Promise<Verdict> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    const exit = once(child, 'exit', { signal: stop.signal }).then(([code, signal]) => [
      { outcome: `the process ended: ${code ?? signal}`, milliseconds: 0, peak: 0 },
    ]);
    try {
      const answer = once(child, 'message', { signal: stop.signal });
      const [verdict] = await Promise.race([answer, exit]);
      if ((verdict as Verdict).peak === 0) this.stop();
      return verdict as Verdict;
    } catch {
      this.stop();
      return { outcome: 'never ends', milliseconds: Infinity, peak: 0 };
    } finally {
      clearTimeout(timer);
      exit.catch(() => {});
      stop.abort();
    }
  }
}

const judge = new Judge();
afterAll(() => judge.stop());

/** What is wrong with a case, with its bytes, so that it can be made a test of its own; undefined where nothing is. */
async function fault(each: FuzzCase): Promise<string | undefined> {
  let verdict = await judge.judge(each);
  for (let i = 1; i < TRIALS && verdict.milliseconds > MILLISECONDS; i++) {
    const again = await judge.judge(each);
    if (again.milliseconds < verdict.milliseconds) verdict = again;
  }
  const { outcome, milliseconds, growth } = verdict;
  const wrong = [
    ...(outcome === 'typed' || outcome === 'right' ? [] : [outcome]),
    ...(milliseconds > MILLISECONDS ? [`${milliseconds} ms`] : []),
    ...(growth > MEBIBYTES ? [`${growth} MiB`] : []),
  ];
  // The peak of a process does not come down again.
  if (growth > MEBIBYTES) judge.stop();
  const bytes = Buffer.from(each.bytes).toString('base64').slice(0, 2000);
  return wrong.length === 0 ? undefined : `${wrong.join('; ')}\n${bytes}`;
}

async function faults(cases: readonly FuzzCase[]): Promise<string[]> {
  const found: string[] = [];
  for (const each of cases) {
    const wrong = await fault(each);
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
