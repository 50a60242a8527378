import { expect, test } from '@jest/globals';
import { checkSheetPath, pictureKindOf } from './picture-path.ts';

test.each([
  ['drawn', 'folder'],
  ['drawn.2', 'folder'],
  ['s.jpg/', 'folder'],
  ['s.png/', 'folder'],
  ['.png', 'folder'],
  ['s.png', 'png'],
  ['S.PNG', 'png'],
  ['to/s.webp', 'webp'],
  ['s.GIF', 'gif'],
])('%s is for %s', (path, kind) => {
  expect(pictureKindOf(path)).toBe(kind);
});

test.each(['s.jpg', 's.JPEG', 's.avif', 's.tif', 's.tiff', 's.bmp', 's.svg', 'morph.mp4', 'x.doc'])(
  '%s is refused, with what works',
  (path) => {
    expect(() => pictureKindOf(path)).toThrow(
      `--out: expected a folder (a PNG each), a sheet (.png), or frames (.webp, .gif); '${path}/' is a folder of that name, received '${path}'.`,
    );
  },
);

test('standard output holds no pictures', () => {
  expect(() => pictureKindOf('-')).toThrow(
    "--out: expected a path, since pictures do not go to standard output; './-' is a folder of that name, received '-'.",
  );
  expect(pictureKindOf('./-')).toBe('folder');
});

test('sheets are PNGs', () => {
  for (const path of ['s.jpg', 's', 's.webp', 's.png/']) {
    expect(() => checkSheetPath('--sheet', path)).toThrow(
      `--sheet: expected a path that ends in .png, received '${path}'.`,
    );
  }
  expect(() => checkSheetPath('--sheet', 'S.Png')).not.toThrow();
});
