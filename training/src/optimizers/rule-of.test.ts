import { afterAll, describe, expect, test } from '@jest/globals';
import { averagedState, startAverages } from '../engines/averaged-state.ts';
import { exportModel } from '../export/export-model.ts';
import { evaluate } from '../judge/evaluate.ts';
import { loadCheckpoint } from '../run/folder/checkpoint.ts';
import { resumeTraining, train } from '../run/train.ts';
import type { TrainConfig } from '../settings/config.ts';
import { removeTemporaryFolders, smallRun, temporaryFolder } from '../testing.ts';

afterAll(removeTemporaryFolders);

/** Every rule, each with an option that leaves its mark within ten steps. */
const RULES: [string, Partial<TrainConfig>][] = [
  // Adam does not see how long gradients are, unless they are as short as its ε.
  ['adam, clipped', { clipNorm: 1e-5 }],
  ['adamw', { optimizer: 'adamw', weightDecay: 5 }],
  ['sgd', { optimizer: 'sgd', learningRate: 1e-4, momentum: 0.8 }],
  ['adam, averaged', { weightAverage: 0.9 }],
];

const compiled = { engine: 'onnx', backend: undefined } as const;

describe.each(RULES)('%s', (_, rule) => {
  test('both engines come to the same losses and go on with each other’s checkpoints', async () => {
    const runDir = temporaryFolder();
    const eager = await train(smallRun(runDir, rule));
    const native = await train(smallRun(temporaryFolder(), { ...rule, ...compiled }));
    const losses = (history: typeof eager.history) => history.map(({ test }) => test.loss);
    for (const [i, loss] of losses(native.history).entries()) {
      expect(Math.abs(loss - (losses(eager.history)[i] as number)) / loss).toBeLessThan(1e-4);
    }
    const plain = await train(smallRun(temporaryFolder()));
    expect(losses(plain.history)[1]).not.toBeCloseTo(losses(eager.history)[1] as number, 2);

    const [onwards, changed] = [
      await resumeTraining({ runDir: native.runDir, epochs: 3 }),
      await resumeTraining({ runDir, epochs: 3, engine: 'onnx' }),
    ];
    const [expected, received] = [losses(onwards.history)[2], losses(changed.history)[2]];
    expect(Math.abs((expected as number) - (received as number))).toBeLessThan(0.1);
  });
});

describe('averaged weights', () => {
  const averaged = { weightAverage: 0.9, epochs: 3 };

  test.each([3, 5])('stopped at step %i, a run goes on to the same averages', async (stopAt) => {
    const whole = await train(smallRun(temporaryFolder(), { ...averaged, ...compiled }));
    const runDir = temporaryFolder();
    const controller = new AbortController();
    const { reason } = await train(smallRun(runDir, { ...averaged, ...compiled }), {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === stopAt) controller.abort();
      },
    });
    expect(reason).toBe('aborted');
    expect((await resumeTraining({ runDir })).history).toEqual(whole.history);
    expect((await loadCheckpoint(runDir)).state).toEqual(
      (await loadCheckpoint(whole.runDir)).state,
    );
  });

  test('are what is tested and exported; training goes on with the weights themselves', async () => {
    const { runDir, history, config } = await train(smallRun(temporaryFolder(), averaged));
    const plain = await train(smallRun(temporaryFolder(), { epochs: 3 }));
    expect(history.map(({ train }) => train)).toEqual(plain.history.map(({ train }) => train));
    const last = history[2]?.test.loss as number;
    expect(last).not.toBeCloseTo(plain.history[2]?.test.loss as number, 2);

    const outDir = temporaryFolder();
    const { card } = await exportModel({ runDir, outDir });
    const { loss } = await evaluate(outDir, { data: config.data });
    expect(loss).toBeCloseTo(last, 3);
    expect(card.provenance.objective).toContain('moving average of the weights (decay 0.9)');
    expect(card.provenance.command).toContain('--weight-average 0.9');
  });

  test('begin where the weights begin', () => {
    const tensor = (value: number) => ({ shape: [1], data: Float32Array.of(value) });
    const state = new Map([
      ['w', tensor(3)],
      ['ema/w', tensor(0)],
      ['adam/m/w', tensor(7)],
    ]);
    expect(startAverages(state).get('ema/w')).toEqual(tensor(3));
    expect(startAverages(state).get('adam/m/w')).toEqual(tensor(7));
    expect(averagedState(state).get('w')).toEqual(tensor(0));
    const without = new Map([['w', tensor(3)]]);
    expect([averagedState(without), startAverages(without)]).toEqual([without, without]);
  });
});
