import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PASSES } from './registry.ts';

describe('the list of passes', () => {
  test('gives every pass a name and a summary of its own', () => {
    expect(new Set(PASSES.map(({ name }) => name)).size).toBe(PASSES.length);
    expect(new Set(PASSES.map(({ summary }) => summary)).size).toBe(PASSES.length);
  });

  test.each(PASSES.map(({ name }) => name))('%s has a test of its own', (name) => {
    expect(existsSync(join(__dirname, `${name}.test.ts`))).toBe(true);
  });

  test('is the table in the documentation, in its order', () => {
    const page = readFileSync(join(__dirname, '../../../../docs/onnx-passes.md'), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| `[a-z-]+` \|/.test(line));
    expect(rows).toEqual(PASSES.map(({ name, summary }) => `| \`${name}\` | ${summary} |`));
  });
});
