import { expect, test } from '@jest/globals';
import { CHECKS } from './table.ts';

const remedyOf = (id: string) => CHECKS.find((check) => check.id === id)?.remedy;

test('golden values are made anew by what makes them: check --update does not', () => {
  for (const id of ['parity/cpu', 'parity/wasm', 'golden/range']) {
    expect(remedyOf(id)).toContain('export or adopt the model again');
  }
});

test('an operator set is named as the exporter of PyTorch has it', () => {
  expect(remedyOf('graph/opset')).toContain('opset_version=22');
});
