/** Prepares the pictures of FOLDER in the cache folder CACHE; a line of JSON after each chunk, and one at the end. */
import { join } from 'node:path';
import { openPictures, prepare } from '@latentkit/data';

const [cacheDir = '', folder = ''] = process.argv.slice(2);
const say = (value: object) => console.log(JSON.stringify(value));
const source = await openPictures(folder);
const { sha256, entries } = await prepare(
  source,
  { width: 64, height: 64, channels: 3 },
  { cacheDir: join(cacheDir, 'prepared'), onProgress: ({ done }) => say({ done }) },
);
say({ sha256, items: entries.length });
