import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = resolve(__dirname, '../..');
const read = (path: string) => readFileSync(resolve(ROOT, path), 'utf8');

/** The codes of a union type in a source file. */
function codesOf(path: string, type: string): string[] {
  const code = read(path).replaceAll(/\/\*\*[\s\S]*?\*\//g, '');
  const [, union] = code.match(new RegExp(`export type ${type} =([^;]*);`)) ?? [];
  if (!union) throw new Error(`no type ${type} in ${path}`);
  return [...union.matchAll(/'([\w-]+)'/g)].map(([, name]) => name!);
}

const SOURCES = [
  ['packages/core/src/errors/latentkit-error.ts', 'ErrorCode'],
  ['packages/onnx/src/errors.ts', 'OnnxErrorCode'],
  ['packages/tfjs-to-onnx/src/error.ts', 'ExportErrorCode'],
] as const;

describe('docs/errors.md', () => {
  const explained = [...read('docs/errors.md').matchAll(/^### `([\w-]+)`$/gm)].map(
    ([, code]) => code!,
  );

  test.each(SOURCES)('explains every code of %s', (path, type) => {
    const codes = codesOf(path, type);
    expect(codes.length).toBeGreaterThan(5);
    expect(codes.filter((code) => !explained.includes(code))).toEqual([]);
  });

  test('explains each once, and none that is gone', () => {
    const codes = new Set(SOURCES.flatMap(([path, type]) => codesOf(path, type)));
    expect([...explained].sort()).toEqual([...codes].sort());
  });
});
