import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../program.ts';
import { recordingIo } from '../testing.ts';
import { AFTERWARDS, afterInterruption } from './after-interruption.ts';

const program = createProgram(recordingIo());

function verbOf(name: string): Command {
  return name
    .split(' ')
    .reduce<Command>(
      (at, word) => at.commands.find((each) => each.name() === word) as Command,
      program,
    );
}

test('every verb of the table is one of the command', () => {
  for (const name of Object.keys(AFTERWARDS)) expect(verbOf(name)?.name()).toBeDefined();
});

test.each([
  ['embed', 'Run the same command again: it goes on where it stopped.'],
  ['data', 'Run the same command again: it goes on where it stopped.'],
  ['embed merge', 'The parts stay as they are: run the same command again.'],
  ['score', 'Nothing was written.'],
  ['report', 'Nothing was written.'],
  ['augment', 'Nothing was written.'],
  ['decode', 'Nothing was written.'],
  ['doctor', ''],
])('after %s: %s', (name, words) => {
  expect(afterInterruption(verbOf(name))).toBe(words);
});

test('an embedding for an explorer does not go on: nothing of it is there', () => {
  const embed = createProgram(recordingIo()).commands.find((verb) => verb.name() === 'embed');
  embed?.setOptionValue('forExplorer', true);
  expect(afterInterruption(embed)).toBe('Nothing was written.');
});

test('before there is a verb nothing is said', () => {
  expect(afterInterruption(undefined)).toBe('');
});
