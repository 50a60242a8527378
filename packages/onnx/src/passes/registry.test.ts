import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PASSES } from './registry.ts';

describe('the list of passes', () => {
  test('gives every pass a name and a summary of its own', () => {
    expect(new Set(PASSES.map(({ name }) => name)).size).toBe(PASSES.length);
    expect(new Set(PASSES.map(({ summary }) => summary)).size).toBe(PASSES.length);
  });

  test.each(PASSES.map(({ name }) => name))(
    '%s has a test with graphs that it rewrites and graphs that it spares',
    (name) => {
      const text = readFileSync(join(__dirname, `${name}.test.ts`), 'utf8');
      // One that runs with every model is tested by whole models.
      if (text.includes(`passes: ['${name}']`)) {
        expect(text).toMatch(/test\('drops .*test\('keeps /s);
        return;
      }
      const exported = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
      expect(text.toLowerCase()).toContain(`describepass(${exported.toLowerCase()},`);
      expect(text).toMatch(/\bfires: \{\s+\S/);
      expect(text).toMatch(/\bspares: \{\s+\S/);
    },
  );

  test('is the table in the documentation, in its order', () => {
    const page = readFileSync(join(__dirname, '../../../../docs/onnx-passes.md'), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| `[a-z-]+` \|/.test(line));
    expect(rows).toEqual(PASSES.map(({ name, summary }) => `| \`${name}\` | ${summary} |`));
  });
});
