import { expect, test } from '@jest/globals';
import { dataName } from './data-name.ts';

test.each([
  [{ name: 'mnist', dataDir: '/data/mnist' }, 'mnist'],
  [{ name: 'strokes' }, 'strokes'],
  [{ name: 'files', dataDir: '/home/me/photos' }, 'photos'],
  [{ name: 'files', dataDir: 'faces.tar.gz' }, 'faces'],
  [{ name: 'files', dataDir: 'für mich' }, 'für-mich'],
  [{ name: 'files', dataDir: 'Meine Bilder "süß" & $co' }, 'Meine-Bilder-süß-co'],
  [{ name: 'files', dataDir: '(alt) bilder' }, 'alt-bilder'],
  [{ name: 'files', dataDir: 'photos.v2' }, 'photos-v2'],
  [{ name: 'files', dataDir: 'photos/*.jpg' }, 'pictures'],
  [{ name: 'files', dataDir: '写真/' }, '写真'],
  [{ name: 'files', dataDir: '/home/me/photos/**' }, 'pictures'],
] as const)('%j is called %s', (data, name) => {
  expect(dataName(data)).toBe(name);
});
