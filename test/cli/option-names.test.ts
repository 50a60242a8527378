import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../../packages/cli/src/program.ts';
import { callCommand } from './call-command.ts';
import { MODEL, writeDigits } from './digits.ts';
import { scratchFolder } from './run-command.ts';

const PICTURES = ['digits/odd/1.png', 'digits/odd/3.png'];
/** What the verbs are given beside the option. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  augment: [MODEL, 'digits'],
  decode: [MODEL, 'vectors.npy'],
  directions: [MODEL, '--data', 'digits'],
  edit: ['known', 'digits/odd/1.png', '--attribute=odd', '--amount=1'],
  embed: [MODEL, 'digits'],
  explore: [MODEL, '--data', 'digits'],
  interpolate: [MODEL, ...PICTURES],
  measure: [MODEL, '--data', 'digits', '--only', 'nll'],
  report: [MODEL, '--data', 'digits'],
  sample: [MODEL, '-n', '1'],
  'queue add': [MODEL, 'digits', '--out', 'parts', '--redis', 'redis://127.0.0.1:1'],
  'queue status': [],
  'queue work': ['--drain'],
  score: [MODEL, 'digits'],
  search: ['vectors.npy', 'digits/odd/1.png'],
  serve: [MODEL],
};
/** Where they write: what is accepted after all is done quickly. */
const OUT: Readonly<Record<string, string>> = { embed: 'v.csv', score: 'scores.csv' };
/** Words of one's own, for which none is wrong. */
const FREE =
  /^--(out|to|row|host|cors|config|name|group|data|data-dir|model|manifest|maps|anomaly)$/;

/** Of which only Redis, or a shard of it, shows that they are wrong. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  'queue add': ['--queue', '--condition'],
  'queue status': ['--queue'],
  'queue work': ['--queue', '--device'],
};

let cwd: string;
beforeAll(async () => {
  cwd = await scratchFolder();
  await writeDigits(join(cwd, 'digits'), 12);
  await callCommand(['embed', MODEL, 'digits', '-o', 'vectors.npy'], { cwd });
  // A model that has an attribute to edit.
  const known = JSON.parse(await readFile(join(MODEL, 'model.json'), 'utf8'));
  const vector = Array.from({ length: known.latent.size }, (_, i) => Number(i === 0));
  const odd = { name: 'odd', vector, deviation: 1, r2: 0.5, protocol: 'made up' };
  await cp(MODEL, join(cwd, 'known'), { recursive: true });
  const card = { ...known, latentSpace: { directions: [odd] } };
  await writeFile(join(cwd, 'known/model.json'), JSON.stringify(card));
});

const program = createProgram({ out: () => {}, err: () => {}, interactive: false });
const verbOf = (name: string) =>
  name
    .split(' ')
    .reduce((verb, part) => verb.commands.find((each) => each.name() === part) as Command, program);
const cases = Object.keys(ARGUMENTS).flatMap((name) =>
  verbOf(name)
    .options.filter(({ long, required }) => required && !FREE.test(long ?? ''))
    .filter(({ long }) => !LATER[name]?.includes(long ?? ''))
    .map(({ long }): [string, string] => [name, long as string]),
);

test.each(cases)('%s %s with a wrong value is refused by that name', async (name, option) => {
  const out = verbOf(name).options.some(({ long }) => long === '--out') && option !== '--port';
  const where =
    out && !ARGUMENTS[name]?.includes('--out')
      ? ['--out', OUT[name] ?? `new-${option.slice(2)}.${name === 'sample' ? 'png' : 'd'}/`]
      : [];
  const given = [
    ...name.split(' '),
    ...(ARGUMENTS[name] ?? []),
    ...where,
    `${option}=${option === '--amount' ? 'x' : '-1'}`,
  ];
  const { code, stderr } = await callCommand(given, { cwd });
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: /m)]);
  const line = stderr.split('\n').find((each) => each.startsWith('error: ')) as string;
  // Settings of training have names in words, which are those of the help.
  expect(line).toMatch(
    new RegExp(
      `^error: (option '[^']*|)${option}\\b|^error: (share of|test items|importance samples)`,
    ),
  );
});

test.each([
  ['embed', MODEL, 'digits'],
  ['embed', 'merge', 'vectors.npy'],
])('%s %s %s --to with no address of a store is refused by that name', async (...args) => {
  const { code, stderr } = await callCommand([...args, '--to', 'vectors.db'], { cwd });
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: --to: expected the address/m)]);
});

test.each([
  [
    'queue work --lock 0',
    "option '--lock <s>' argument '0' is invalid. Expected seconds from 0.1 to 2147483.",
  ],
  [
    'queue work --grace 1e9',
    "option '--grace <s>' argument '1e9' is invalid. Expected seconds from 0 to 2147483.",
  ],
  ['queue work --rate 0', '--rate: expected an integer '],
  ['queue work --max-stalls -1', '--max-stalls: expected '],
  ['queue add model digits -o parts --shard-items 0', '--shard-items: expected '],
  ['serve model --max-queue 0', '--max-queue: expected '],
  ['serve model --max-delay -1', '--max-delay: expected milliseconds from 0 to 60000'],
])('%s: refused in what was typed', async (line, message) => {
  const args = line.split(' ').map((word) => (word === 'model' ? MODEL : word));
  const { code, stderr } = await callCommand(args, { cwd });
  expect([code, stderr]).toEqual([2, expect.stringContaining(`error: ${message}`)]);
});
