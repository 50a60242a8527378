import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openTensorboardLog } from '../../training/src/tensorboard/tensorboard-log.ts';
import { pythonOfOracle } from './oracle.ts';
import { skipSuite } from './skip-suite.ts';

const SCRIPT = `
import json, sys
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
multiplexer = EventMultiplexer().AddRunsFromDirectory(sys.argv[1])
multiplexer.Reload()
print(json.dumps({
    run: {tag: [[e.step, e.value] for e in multiplexer.Scalars(run, tag)] for tag in tags['scalars']}
    for run, tags in multiplexer.Runs().items()}))
`;

const python = pythonOfOracle();
const probe = spawnSync(python, ['-c', 'import tensorboard'], {
  encoding: 'utf8',
  timeout: 60_000,
});
if (probe.status !== 0) {
  skipSuite(
    "TensorBoard's own reader",
    `no Python with tensorboard (${python}). Run "node test/setup/setup-oracle.mjs".`,
  );
} else {
  describe("TensorBoard's own reader", () => {
    let scratch: string;
    let folder: string;
    let runDir: string;
    beforeAll(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'latentkit-tensorboard-'));
      folder = join(scratch, 'logs');
      runDir = join(scratch, 'runs/mine');
      await mkdir(runDir, { recursive: true });
    });
    afterAll(() => rm(scratch, { recursive: true, force: true }));

    test('reads the scalars of a run, resumed from the middle', async () => {
      const terms = (loss: number) => ({ loss, reconstruction: loss - 0.5, kl: 0.5 });
      const first = await openTensorboardLog(folder, runDir, 0);
      for (const step of [10, 20, 30]) {
        await first.step(step, terms(step), { rate: 0.125, beta: 1 });
      }
      await first.close();
      const second = await openTensorboardLog(folder, runDir, 20);
      await second.step(30, terms(31), { rate: 0.0625, beta: 1 });
      const means = { train: terms(4), test: terms(5), validation: terms(6) };
      await second.epoch(30, means, 1000);
      await second.close();
      const { stdout, stderr, status } = spawnSync(python, ['-c', SCRIPT, folder], {
        encoding: 'utf8',
        timeout: 120_000,
      });
      if (status !== 0) throw new Error(stderr);
      const epoch = (loss: number) => ({
        'epoch/loss': [[30, loss]],
        'epoch/reconstruction': [[30, loss - 0.5]],
        'epoch/kl': [[30, 0.5]],
      });
      const steps = (of: (step: number) => number) => [10, 20, 30].map((step) => [step, of(step)]);
      expect(JSON.parse(stdout)).toEqual({
        'mine/train': {
          'step/loss': steps((step) => (step === 30 ? 31 : step)),
          'step/reconstruction': steps((step) => (step === 30 ? 30.5 : step - 0.5)),
          'step/kl': steps(() => 0.5),
          'step/learning_rate': steps((step) => (step === 30 ? 0.0625 : 0.125)),
          'step/beta': steps(() => 1),
          ...epoch(4),
          'epoch/images_per_second': [[30, 1000]],
        },
        'mine/test': epoch(5),
        'mine/validation': epoch(6),
      });
    }, 120_000);
  });
}
