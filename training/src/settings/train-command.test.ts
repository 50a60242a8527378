import { expect, test } from '@jest/globals';
import { resolveConfig } from './config.ts';
import { trainCommand } from './train-command.ts';

const commandOf = (settings: Parameters<typeof resolveConfig>[0]) =>
  trainCommand(resolveConfig(settings), { engine: 'onnx' });

test('a model that was not centred is trained so again', () => {
  const plain = 'latentkit train --data strokes --epochs 10 --seed 1 --engine onnx';
  expect(commandOf({ runDir: 'run' })).toBe(plain);
  expect(commandOf({ runDir: 'run', centre: false })).toBe(
    plain.replace('strokes', 'strokes --no-centre'),
  );
});

test('what is not standard is said, whichever table it is in; places on this machine are not', () => {
  expect(
    commandOf({
      runDir: 'run',
      family: 'vq-vae',
      codes: 64,
      channels: [8, 16],
      data: { name: 'mnist', dataDir: 'here', leaveOut: 9 },
      optimizer: 'sgd',
      momentum: 0.5,
      batchSize: 32,
      epochs: 3,
    }),
  ).toBe(
    'latentkit train --data mnist --leave-out 9 --family vq-vae --channels 8,16 --codes 64 ' +
      '--epochs 3 --batch 32 --optimizer sgd --momentum 0.5 --seed 1 --engine onnx',
  );
});
