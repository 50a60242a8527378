import { Writable } from 'node:stream';
import { describe, expect, jest, test } from '@jest/globals';
import type { TrainEvent } from '@latentkit/training';
import { resolveConfig } from '@latentkit/training';
import { recordingIo } from '../testing.ts';
import { createBarMeter } from './bar-meter.ts';
import { createLineMeter } from './line-meter.ts';
import { createTrainProgress } from './train-progress.ts';

const terms = { loss: 110.5, reconstruction: 85.25, kl: 25.25 };

const step = (stepInEpoch: number): Extract<TrainEvent, { type: 'step' }> => ({
  type: 'step',
  epoch: 2,
  step: 100 + stepInEpoch,
  stepInEpoch,
  stepsPerEpoch: 100,
  totalSteps: 300,
  batch: terms,
  mean: terms,
  imagesPerSecond: 3210.4,
  secondsLeft: 65,
});

const start: TrainEvent = {
  type: 'start',
  config: resolveConfig({ runDir: 'run', epochs: 3 }),
  engine: {
    name: 'tfjs',
    backend: 'wasm',
    reason: 'the fastest that is here',
    passedOver: [{ name: 'tfjs-node', reason: 'no native half\n(a long story)' }],
  },
  parameters: 652_824,
  trainCount: 12_800,
  validationCount: 300,
  testCount: 1_000,
  stepsPerEpoch: 100,
  totalSteps: 300,
  resumedAtStep: 40,
};

describe('createTrainProgress', () => {
  test('says what is trained, on what and why, and where a resumed run goes on', () => {
    const io = recordingIo();
    createTrainProgress(io).onEvent(start);
    const said = io.said.join('\n');
    expect(said).toContain('model    vae (mlp), 652,824 parameters');
    expect(said).toContain('engine   tfjs (wasm): the fastest that is here');
    expect(said).toContain('tfjs-node passed over: no native half\n');
    expect(said).not.toContain('long story');
    expect(said).toContain('resumed  after step 40 of 300');
  });

  test('writes one line an epoch', () => {
    const io = recordingIo();
    const progress = createTrainProgress(io);
    progress.onEvent(step(1));
    progress.onEvent({
      type: 'epoch',
      record: { epoch: 2, step: 200, train: terms, test: { ...terms, loss: 108 } },
      epochs: 10,
      seconds: 4,
      imagesPerSecond: 3210.4,
      secondsLeft: 65,
    });
    progress.close();
    expect(io.said).toEqual([
      'epoch  2/10  loss 110.50  reconstruction 85.25  KL 25.25  test loss 108.00  3,210 images/s  4.0 s',
    ]);
  });

  test('names all parts of the loss of a vq-vae', () => {
    const io = recordingIo();
    const progress = createTrainProgress(io);
    const config = resolveConfig({ runDir: 'run', epochs: 3, family: 'vq-vae' });
    progress.onEvent({ ...start, config });
    const train = { loss: 112, reconstruction: 85.25, kl: 25.25 };
    progress.onEvent({
      type: 'epoch',
      record: { epoch: 2, step: 200, train, test: train },
      ...{ epochs: 3, seconds: 4, imagesPerSecond: 3210.4, secondsLeft: 65 },
    });
    progress.close();
    expect(io.said.at(-1)).toContain(
      'loss 112.00  reconstruction 85.25  KL 25.25  commitment 1.50  test loss 112.00',
    );
  });

  test('draws no more steps once it is told to stop', () => {
    const io = recordingIo();
    const controller = new AbortController();
    // Each look at the clock is a minute later, so that every step would get a line.
    let now = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => {
      now += 60_000;
      return now;
    });
    const progress = createTrainProgress(io, controller.signal);
    progress.onEvent(step(1));
    controller.abort();
    progress.onEvent(step(2));
    jest.restoreAllMocks();
    expect(io.said).toEqual([expect.stringContaining('step 1/100')]);
  });

  test('names a file that is fetched once', () => {
    const io = recordingIo();
    const progress = createTrainProgress(io);
    for (const loaded of [0, 10, 20]) {
      progress.onEvent({
        type: 'data',
        progress: { file: 'train-images', loaded, total: undefined },
      });
    }
    expect(io.said).toEqual(['fetching train-images']);
  });
});

describe('the line meter', () => {
  test('writes a plain line every ten seconds', () => {
    const io = recordingIo();
    let now = 0;
    const meter = createLineMeter(io, () => now);
    for (const [i, at] of [5_000, 10_000, 15_000, 20_000, 25_000].entries()) {
      now = at;
      meter.step(step(i + 1));
    }
    expect(io.said).toHaveLength(2);
    expect(io.said[0]).toBe(
      'epoch 2 step 2/100  loss 110.50  reconstruction 85.25  KL 25.25  3,210 images/s  1 min 05 s left',
    );
  });
});

describe('the bar meter', () => {
  test('draws loss, parts, speed and time left, and clears up after itself', () => {
    let drawn = '';
    const stream = Object.assign(
      new Writable({
        write(chunk, _, done) {
          drawn += String(chunk);
          done();
        },
      }),
      // What cli-progress asks of a terminal: readline moves the cursor by escape sequences.
      { isTTY: true, columns: 120 },
    );
    const meter = createBarMeter(stream);
    meter.step(step(50));
    expect(drawn).toContain(
      'epoch 2/3 ███████░░░░░░░ 50%  loss 110.50 = 85.25 + KL 25.25  3,210/s  1 min 05 s left',
    );
    meter.clear();
    // Line wrapping is on again.
    expect(drawn.lastIndexOf('\u001b[?7h')).toBeGreaterThan(drawn.lastIndexOf('\u001b[?7l'));
  });
});
