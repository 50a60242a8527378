import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportModel } from '../export/export-model.ts';
import { errorOf, removeTemporaryFolders, smallRun, temporaryFolder } from '../testing.ts';
import type { TrainEvent } from './events.ts';
import { CHECKPOINT_FILE, loadCheckpoint } from './folder/checkpoint.ts';
import { LOG_FILE } from './folder/run-log.ts';
import { resumeTraining, type TrainHooks, type TrainResult, train } from './train.ts';

afterAll(removeTemporaryFolders);

type Fit = Extract<TrainEvent, { type: 'fit' }>;

/** Steps of an epoch of a small run. */
const STEPS = 5;
const BUDGET = 0.5;

/**
 * A clock on which an epoch is measured to take some time, and then each step takes `pace(epoch)` times its share of that.
 */
function givenTime(pace: (epoch: number) => number, stopAt?: number, epochSeconds?: number) {
  let now = 0;
  let measured = epochSeconds;
  const fits: Fit[] = [];
  const controller = new AbortController();
  const hooks: TrainHooks = {
    signal: controller.signal,
    clock() {
      if (measured === undefined) now += 5;
      return now;
    },
    onEvent(event) {
      if (event.type === 'fit') fits.push(event);
      if (event.type === 'fit') measured ??= event.epochSeconds;
      if (event.type !== 'step') return;
      now += (1000 * (measured as number) * pace(event.epoch)) / STEPS;
      if (event.step === stopAt) controller.abort();
    },
  };
  return { hooks, fits, seconds: () => now / 1000 };
}

const budgeted = (runDir = temporaryFolder()) => {
  const { epochs, ...run } = smallRun(runDir);
  return { ...run, timeBudget: `${BUDGET}s`, betaSchedule: 'warm-up' } as const;
};

describe('a time budget', () => {
  let result: TrainResult;
  let time: ReturnType<typeof givenTime>;
  beforeAll(async () => {
    time = givenTime(() => 1);
    result = await train(budgeted(), time.hooks);
  });

  test('is filled by epochs, and not passed', () => {
    expect(time.fits).toHaveLength(1);
    const { epochs, epochSeconds, secondsLeft } = time.fits[0] as Fit;
    expect(result.reason).toBe('finished');
    expect(result.history).toHaveLength(epochs);
    expect(epochs * epochSeconds).toBeLessThan(secondsLeft);
    expect((epochs + 2) * epochSeconds).toBeGreaterThan(0.9 * secondsLeft);
    expect(time.seconds()).toBeLessThan(BUDGET);
  });

  test('gives what so many epochs give, to the last bit: measuring leaves no trace', async () => {
    const { timeBudget, ...rest } = budgeted();
    const epochs = result.history.length;
    const plain = await train({ ...rest, epochs, rateSchedule: 'cosine' });
    expect(result.history).toEqual(plain.history);
    const [fitted, usual] = await Promise.all([result, plain].map((r) => loadCheckpoint(r.runDir)));
    expect(fitted?.state).toEqual(usual?.state);
    expect(fitted?.config.warmUpEpochs).toBeCloseTo(epochs / 10, 10);
    expect(fitted?.config.timeBudget).toBeUndefined();
  });

  test('is said on the card, with the command that gives the same without it', async () => {
    const outDir = join(temporaryFolder(), 'model');
    const { card } = await exportModel({ runDir: result.runDir, outDir, evaluate: false });
    expect(card.provenance.objective).toMatch(/epochs fitted to a time budget of 1s$/);
    expect(card.provenance.command).toContain(`--epochs ${result.history.length} `);
    expect(card.provenance.command).toContain('--rate-schedule cosine');
    expect(card.provenance.command).not.toContain('budget');
  });
});

const slowFrom = (epoch: number) => (at: number) => (at >= epoch ? 2 : 1);

describe('where epochs come to take longer', () => {
  test('fewer are trained, the schedules end with them, and the log says so', async () => {
    const { hooks, fits, seconds } = givenTime(slowFrom(4));
    const { runDir, reason, history, config } = await train(budgeted(), hooks);
    expect(reason).toBe('finished');
    expect(fits.length).toBeGreaterThan(1);
    expect(history).toHaveLength(fits.at(-1)?.epochs as number);
    expect(history.length).toBeLessThan(config.epochs);
    expect(seconds()).toBeLessThan(BUDGET);
    expect(seconds()).toBeGreaterThan(0.8 * BUDGET);
    const { progress } = await loadCheckpoint(runDir);
    const { pace, epochs } = progress.budget as NonNullable<typeof progress.budget>;
    const { step, place, stride } = pace as NonNullable<typeof pace>;
    expect(place + (STEPS * epochs - step) * stride).toBeCloseTo(STEPS * config.epochs, 6);
    const log = readFileSync(join(runDir, LOG_FILE), 'utf8');
    expect(log.match(/"type":"fit"/g)).toHaveLength(fits.length - 1);
  });

  test('a run that was stopped goes on with the schedules that it had come to', async () => {
    const whole = await train(budgeted(), givenTime(slowFrom(4)).hooks);
    const { progress } = await loadCheckpoint(whole.runDir);
    const stopAt = (progress.budget?.pace?.step as number) + STEPS + 2;
    const before = givenTime(slowFrom(4), stopAt);
    const stopped = await train(budgeted(), before.hooks);
    expect(stopped).toMatchObject({ reason: 'aborted', step: stopAt });
    const later = givenTime(slowFrom(4), undefined, before.fits[0]?.epochSeconds);
    const resumed = await resumeTraining({ runDir: stopped.runDir }, later.hooks);
    expect(resumed.history).toEqual(whole.history);
    expect(later.fits).toEqual([]);
  });

  test('amid an epoch, it stops in time; and goes on if more epochs are asked for', async () => {
    const { hooks } = givenTime((epoch) => (epoch === 3 ? 1e3 : 1));
    const { runDir, reason, step } = await train(budgeted(), hooks);
    expect([reason, step]).toEqual(['finished', 2 * STEPS + 1]);
    expect(await resumeTraining({ runDir })).toMatchObject({ reason: 'finished', step });
    const more = await resumeTraining({ runDir, epochs: 4 });
    expect(more).toMatchObject({ reason: 'finished', step: 4 * STEPS });
  });
});

test('where epochs come to take less, more are trained', async () => {
  const { hooks, fits, seconds } = givenTime((epoch) => (epoch >= 3 ? 0.5 : 1));
  const { history } = await train(budgeted(), hooks);
  expect(history.length).toBeGreaterThan(fits[0]?.epochs as number);
  expect(seconds()).toBeLessThan(BUDGET);
});

test('a budget too short for one epoch is refused, and leaves no run', async () => {
  const runDir = temporaryFolder();
  let now = 0;
  const hour = { clock: () => (now += 3.6e6) };
  const error = await errorOf(() => train(budgeted(runDir), hour));
  expect(error.code).toBe('invalid-argument');
  expect(error.message).toMatch(/time budget: expected more than the \d+h.* that one epoch takes/);
  expect(existsSync(join(runDir, CHECKPOINT_FILE))).toBe(false);
});

test('stopped while an epoch is measured, it leaves no run', async () => {
  const runDir = temporaryFolder();
  const error = await errorOf(() => train(budgeted(runDir), { signal: AbortSignal.abort() }));
  expect(error.code).toBe('aborted');
  expect(existsSync(join(runDir, CHECKPOINT_FILE))).toBe(false);
});

test('by the clock of the machine, a few seconds are kept', async () => {
  const began = performance.now();
  const { runDir, reason, history } = await train({ ...budgeted(), timeBudget: '2s' });
  const seconds = (performance.now() - began) / 1000;
  const { budget } = (await loadCheckpoint(runDir)).progress;
  expect(reason).toBe('finished');
  expect(history.length).toBeGreaterThan(1);
  // The last thing done in time is a step, or the tests of an epoch; a busy machine may take its time over one.
  expect(budget?.spent).toBeLessThan(3);
  expect(seconds).toBeLessThan(8);
}, 20_000);
