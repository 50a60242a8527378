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
