import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseCard, wholeCard } from '@latentkit/core';
import { makeReadme } from './make-readme.ts';

const card = wholeCard(
  parseCard(readFileSync(join(__dirname, '../../../models/mnist-vae/model.json'), 'utf8')),
);

test.each([
  ['Digits, 28 × 28 grey (MNIST).', 'Digits, 28 × 28 grey (MNIST).'],
  [
    '<img src=x onerror=y> [a](http://b) `c` *d* _e_',
    '\\<img src=x onerror=y\\> \\[a\\](http://b) \\`c\\` \\*d\\* \\_e\\_',
  ],
  ['# Title\n\n- item', '\\# Title - item'],
  [' 12. Of twelve', '12\\. Of twelve'],
  ['---', '\\---'],
])('a description is text, whatever signs are in it: %j', (description, written) => {
  expect(
    makeReadme({ ...card, description })
      .split('\n')
      .slice(1, 4),
  ).toEqual(['', written, '']);
});
