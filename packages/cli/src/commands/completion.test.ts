import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { createProgram } from '../program.ts';
import { recordingIo } from '../testing.ts';
import { completionScript } from './completion.ts';

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
  expect(offered('embed', 'completion.te')).toEqual(['completion.test.ts']);
  expect(offered('')).toEqual(expect.arrayContaining(['train', 'embed', 'search', 'completion']));
});
