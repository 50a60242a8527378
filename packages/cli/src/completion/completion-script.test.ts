import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { Command } from 'commander';
import { createProgram } from '../program.ts';
import { recordingIo } from '../testing.ts';
import { completionScript } from './completion-script.ts';
import { offerValues } from './offered-values.ts';

/** What bash offers for the last of some words. */
function offered(...words: string[]): string[] {
  const script = completionScript(createProgram(recordingIo()));
  const quoted = ['latentkit', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _latentkit; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', ask], { encoding: 'utf8', cwd: __dirname })
    .split('\n')
    .filter(Boolean);
}

test('completes verbs, options of a verb, and files', () => {
  expect(offered('em')).toEqual(['embed']);
  expect(offered('enc')).toEqual(['encode']);
  expect(offered('embed', '--sh')).toEqual(['--shard']);
  expect(offered('encode', '--wat')).toEqual(['--watch']);
  expect(offered('search', '--wat')).toEqual([]);
  expect(offered('embed', 'completion-script.te')).toEqual(['completion-script.test.ts']);
  expect(offered('')).toEqual(expect.arrayContaining(['train', 'embed', 'search', 'completion']));
});

test('completes verbs below others, and their options', () => {
  expect(offered('queue', '').sort()).toEqual(['add', 'status', 'work']);
  expect(offered('queue', 'st')).toEqual(['status']);
  expect(offered('queue', 'add', '--sha')).toEqual(['--shard-items']);
  expect(offered('queue', 'add', '--')).toEqual(
    expect.arrayContaining(['--out', '--redis', '--help']),
  );
  expect(offered('queue', 'add', 'completion-script.te')).toEqual(['completion-script.test.ts']);
  for (const embed of ['embed', 'encode']) {
    expect(offered(embed, 'me')).toEqual(['merge']);
    expect(offered(embed, 'merge', '--f')).toEqual([]);
    expect(offered(embed, 'merge', '--man')).toEqual(['--manifest']);
    expect(offered(embed, 'merge.npy', '--f')).toEqual(['--for-explorer']);
    expect(offered(embed, 'models', 'me')).toEqual([]);
  }
});

test('completes the verb that help is asked for', () => {
  expect(offered('he')).toEqual(['help']);
  expect(offered('help', 'tr')).toEqual(['train']);
  expect(offered('help', 'completion-s')).toEqual([]);
  expect(offered('help', 'train', '')).toEqual([]);
});

test('completes the values of options that have names for them', () => {
  expect(offered('train', '--family', 'v')).toEqual(['vae', 'vq-vae']);
  expect(offered('train', '--family', '=', 'vq')).toEqual(['vq-vae']);
  expect(offered('train', '--family', '=')).toContain('hierarchical');
  expect(offered('sample', 'models/mine', '--sampler', '')).toEqual(['prior', 'mixture']);
  expect(offered('interpolate', '--path', 's')).toEqual(['slerp']);
  expect(offered('score', '--by', 'd')).toEqual(['density']);
  expect(offered('export', '--layout', 't')).toEqual(['triton']);
  expect(offered('quickstart', '--engine', 'o')).toEqual(['onnx']);
  expect(offered('sample', '--device', 'w')).toEqual(['webgpu']);
  expect(offered('score', '--out', 'completion-script.te')).toEqual(['completion-script.test.ts']);
});

test('what is offered for an option has the option', () => {
  expect(() => offerValues(new Command('sample'), { '--sampler': [] })).toThrow('no option');
});
