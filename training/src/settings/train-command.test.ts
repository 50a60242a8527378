import { expect, test } from '@jest/globals';
import { resolveConfig } from './config.ts';
import { readCommand } from './read-command.ts';
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

test.each<Parameters<typeof resolveConfig>[0]>([
  { runDir: 'run', centre: false, beta: 2, betaSchedule: 'warm-up' },
  { runDir: 'run', family: 'vq-vae', codes: 64, channels: [8, 16], data: 'mnist', clipNorm: 3 },
  { runDir: 'run', data: { name: 'files', dataDir: 'a b' }, augment: 'flip', sigma: 0.3 },
  { runDir: 'run', family: 'iwae', lowerLatentSize: 100, latentSize: 50, upperHiddenSizes: [64] },
  { runDir: 'run', data: { name: 'arrays' }, levels: [2, 3], family: 'hierarchical', epochs: 7 },
])('what a command of %j says is read back', (settings) => {
  const config = resolveConfig(settings);
  for (const from of [undefined, 'base-model']) {
    const command = trainCommand(config, { engine: 'onnx', from });
    const read = readCommand(command);
    const { name, dataDir } = config.data;
    const again = resolveConfig({
      runDir: 'run',
      ...read.settings,
      data: { name: read.data as typeof name, dataDir },
    });
    expect(again).toEqual(config);
    expect(command.includes('base-model')).toBe(from !== undefined);
  }
});

test('a model that went on from another says every setting: that model has standards of its own', () => {
  const config = resolveConfig({ runDir: 'run' });
  expect(trainCommand(config, { engine: 'onnx', from: 'base' })).toBe(
    'latentkit train --from base --data strokes --data-seed 1 --family vae --architecture mlp --activation relu ' +
      '--latent 20 --prior normal --hidden 400 --likelihood bernoulli --beta 1 --beta-schedule constant --free-bits 0 ' +
      '--gradient standard --binarise none --epochs 10 --batch 128 --optimizer adam --learning-rate 0.001 ' +
      '--rate-schedule constant --rate-warm-up 0 --weight-average 0 --seed 1 --engine onnx',
  );
});

test('own pictures are named by a place to fill in, and what a shell would take for its own is quoted', () => {
  const data = {
    name: 'files',
    dataDir: '/secret',
    group: '^[^-]+',
    background: '#ff0000',
  } as const;
  const command = commandOf({ runDir: 'run', data });
  expect(command).toContain(
    "latentkit train --data ./your-pictures --background '#ff0000' --group '^[^-]+' ",
  );
  expect(command).not.toContain('secret');
  expect(readCommand(command)).toMatchObject({
    data: 'files',
    dataSettings: { group: '^[^-]+', background: '#ff0000' },
  });
  // As cards had it before.
  expect(readCommand('latentkit train --data files --epochs 3').data).toBe('files');
});

test('own pictures without a place are refused by the options that name it', () => {
  expect(() => resolveConfig({ runDir: 'run', data: { name: 'files' } })).toThrow(
    /data folder: .*--data \.\/your-pictures or --data-dir/,
  );
});
