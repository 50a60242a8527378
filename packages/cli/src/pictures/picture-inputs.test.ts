import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { keepDataApart, keepInputs } from './picture-inputs.ts';

let folder: string;
const at = (path: string) => join(folder, path);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inputs ä '));
  mkdirSync(at('photos/cats'), { recursive: true });
  mkdirSync(at('drawn'));
  mkdirSync(at('empty'));
  for (const file of ['photos/cats/a.png', 'drawn/0000.png', 'b.png']) {
    writeFileSync(at(file), '');
  }
  symlinkSync(at('photos'), at('link'));
});

test.each([
  ['b.png', 'b.png'],
  ['photos/cats/a.png', 'photos'],
  ['photos/cats/a.png', 'link'],
  ['photos', 'photos'],
  ['link/', 'photos'],
  ['photos/more', 'photos'],
  ['photos/cats', 'photos/cats/a.png'],
])('%s is not written where %s is read', (out, source) => {
  expect(() => keepInputs(at(out), [at('empty'), at(source)])).toThrow(
    /^--out: expected (a folder apart from|another file than) the pictures that are read \(/,
  );
});

test.each([
  ['c.png', 'b.png'],
  ['photos/sheet.png', 'photos'],
  ['more', 'photos'],
  ['photos-2', 'photos'],
  ['photos', 'drawn'],
  ['b.png', 'oip+http://localhost/mine'],
  ['b.png', 'none/*.png'],
])('%s is, where %s is read', (out, source) => {
  expect(() => keepInputs(at(out), [/[*:]/.test(source) ? source : at(source)])).not.toThrow();
});

test('results are written apart from the data', () => {
  for (const out of ['photos', 'link', 'photos/runs/one']) {
    expect(() => keepDataApart(at(out), at('photos'))).toThrow(
      /^--out: expected a folder apart from the data \(.*photos\), received/,
    );
  }
  for (const [out, data] of [
    ['photos-2', 'photos'],
    ['absent/runs', 'absent'],
    ['runs', 'b.png'],
  ] as const) {
    expect(() => keepDataApart(at(out), at(data))).not.toThrow();
  }
});
