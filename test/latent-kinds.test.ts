import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/**
 * What a kind of latent is stands in one file of core's room `latents`; everything else looks it up in the
 * definition. A comparison with the name of a kind elsewhere is a second place to forget.
 */
const ROOT = resolve(__dirname, '..');
const ROOM = 'packages/core/src/latents/';
const SWITCHES = [
  /\b(?:latent|posterior|decoded)\??\.kind\s*[!=]==?\s*'/,
  /switch\s*\((?:\w+\.)*(?:latent|posterior)\.kind\)/,
  /(?<!likelihood\??\.)\bkind\s*[!=]==?\s*'(?:gaussian|point|flow|ladder|codes)'/,
  /\bcase '(?:point|ladder|codes)':/,
  // What only one kind has stands for its name.
  /'\w+' in (?:\w+\.)*(?:latent|posterior|encoded|drawn)\b/,
  // A table by kinds is a switch of another form.
  /\{[^}]*\bgaussian: [^}]*\b(?:point|flow|ladder|codes): /,
];

const switchesIn = (source: string) =>
  source.split('\n').filter((line) => SWITCHES.some((pattern) => pattern.test(line)));

const sources = execFileSync('git', ['ls-files', '*.ts', '*.mts', '*.mjs'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => /^(?:packages|training|examples|bench|docs|scripts)\//.test(path))
  .filter((path) => !path.startsWith(ROOM) && !/(?:\.test\.|\.d\.)/.test(path));

test('no source outside core/src/latents asks for the kind of a latent by name', () => {
  expect(sources.length).toBeGreaterThan(500);
  const found = sources.flatMap((path) =>
    switchesIn(readFileSync(join(ROOT, path), 'utf8')).map((line) => `${path}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});

describe('the rule bites', () => {
  test.each([
    "if (card.latent.kind === 'gaussian') {",
    "return latent.kind !== 'point';",
    'switch (model.card.latent.kind) {',
    "const draws = posterior.kind == 'flow' ? a : b;",
    "if (kind === 'ladder') return levels;",
    "    case 'codes':",
    "if (kind === 'gaussian') return moments;",
    "const counts = 'codes' in card.latent ? a : b;",
    "} else if ('levels' in encoded) {",
    "const FAMILIES = { gaussian: 'vae', point: 'ae' };",
  ])('%s', (line) => {
    expect(switchesIn(`// Before.\n${line}\n`)).toEqual([line]);
  });

  test.each([
    "if (likelihood.kind === 'gaussian') {",
    "likelihood?.kind !== 'gaussian'",
    "const sigma = 'sigma' in likelihood ? a : b;",
    "spot.kind === 'item'",
    'if (latent.kind !== wanted) {',
    'const { kind } = card.latent;',
  ])('not on %s', (line) => {
    expect(switchesIn(line)).toEqual([]);
  });
});
