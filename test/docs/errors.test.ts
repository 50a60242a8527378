import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { LatentkitError, loadEncoder, readImages } from '@latentkit/node';
import { serve } from '@latentkit/serve';

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

  describe('describes what really comes of', () => {
    const folder = mkdtempSync(join(tmpdir(), 'errors-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const sectionOf = (code: string) =>
      read('docs/errors.md').split(`### \`${code}\`\n`)[1]?.split(/^##/m)[0] ?? '';
    const codeOf = async (call: () => Promise<unknown>): Promise<string> => {
      const error = await call().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!LatentkitError.isInstance(error)) throw new Error(`expected an error, not ${error}`);
      return error.code;
    };
    const model = (change: (bytes: Buffer) => Uint8Array) => {
      const copy = mkdtempSync(join(folder, 'model-'));
      cpSync(resolve(ROOT, 'models/strokes-vae'), copy, { recursive: true });
      const file = join(copy, 'encoder.onnx');
      writeFileSync(file, change(readFileSync(file)));
      return () => loadEncoder(copy);
    };

    test.each<[string, RegExp, () => () => Promise<unknown>]>([
      ['a file that is too short', /cut\s+short/, () => model((bytes) => bytes.subarray(1))],
      ['a file that is too long', /longer/, () => model((bytes) => Buffer.concat([bytes, bytes]))],
      [
        'an altered file',
        /altered/,
        () => model((bytes) => bytes.map((byte, i) => (i === 99 ? byte ^ 1 : byte))),
      ],
      [
        'a text as a picture',
        /or a picture/,
        () => {
          const file = join(folder, 'text.png');
          writeFileSync(file, 'text');
          return async () => {
            await using encoder = await loadEncoder(resolve(ROOT, 'models/strokes-vae'));
            await readImages([file], encoder.card);
          };
        },
      ],
      [
        'a port that is taken',
        /port/,
        () => async () => {
          const models = resolve(ROOT, 'models/strokes-vae');
          const first = await serve({ models, port: 0 });
          try {
            await serve({ models, port: Number(new URL(first.url).port) });
          } finally {
            await first.close();
          }
        },
      ],
    ])('%s', async (_, words, prepare) => {
      expect(sectionOf(await codeOf(prepare()))).toMatch(words);
    });
  });
});
