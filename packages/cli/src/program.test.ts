import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from './program.ts';

const io = { out: () => {}, err: () => {}, interactive: false };

function optionsOf(command: Command): { readonly name: string; readonly line: string }[] {
  const help = command.createHelp();
  return [
    ...help.visibleOptions(command).map((option) => ({
      name: `${command.name()} ${option.long}`,
      line: help.optionDescription(option),
    })),
    ...command.commands.flatMap(optionsOf),
  ];
}

test('no option states its default twice', () => {
  const options = optionsOf(createProgram(io));
  expect(options.map(({ name }) => name)).toContain('interpolate --path');
  expect(options.filter(({ line }) => line.split('default:').length > 2)).toEqual([]);
});
