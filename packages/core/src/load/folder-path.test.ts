import { expect, test } from '@jest/globals';
import { folderPath } from './folder-path.ts';

test.each([
  ['/models/vae', '/models/vae/'],
  ['/models/vae/', '/models/vae/'],
  ['/models/vae/model.json', '/models/vae/'],
  ['/model.json', '/'],
  ['/', '/'],
  ['', '/'],
  // A folder may end as the card's name does, or be called as it is.
  ['/my-model.json', '/my-model.json/'],
  ['/model.json/', '/model.json/'],
])('%s is, or is in, the folder %s', (path, folder) => {
  expect(folderPath(path)).toBe(folder);
});
