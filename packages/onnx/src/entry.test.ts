import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { OnnxError } from './index.ts';

/** Every file that an entry reaches, with what it imports from elsewhere. */
function imports(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)) {
      const path = join(dirname(file), name);
      if (name.startsWith('.') && existsSync(path)) visit(path);
      else packages.add(name);
    }
  };
  visit(join(__dirname, entry));
  return { files, packages };
}

test('the main entry runs anywhere: it imports nothing of Node', () => {
  const { files, packages } = imports('index.ts');
  expect(files.size).toBeGreaterThan(30);
  const { dependencies } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  const strangers = [...packages].filter(
    (name) =>
      !Object.keys(dependencies).some((known) => name === known || name.startsWith(`${known}/`)),
  );
  expect(strangers).toEqual([]);
  expect([...imports('node.ts').packages]).toContain('node:fs/promises');
});

test('tests’ helpers are not part of the package', () => {
  for (const entry of ['index.ts', 'node.ts']) {
    expect([...imports(entry).files].filter((file) => /testing\/|\.test\./.test(file))).toEqual([]);
  }
});

test('OnnxError is told across copies of the package', () => {
  const error = new OnnxError('io', 'x', { cause: 1 });
  expect(OnnxError.isInstance(error)).toBe(true);
  expect(OnnxError.isInstance({ [Symbol.for('latentkit.onnx.error')]: true })).toBe(true);
  expect(OnnxError.isInstance(new Error('x'))).toBe(false);
  expect(OnnxError.isInstance(null)).toBe(false);
  expect(error).toMatchObject({ name: 'OnnxError', code: 'io', message: 'x', cause: 1 });
});
