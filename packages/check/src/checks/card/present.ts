import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { type Check, error } from '../../check.ts';
import { CARD_FILE, FILES_BESIDE_CARD } from '../../model/files.ts';

const EXPECTED = `a folder with a ${CARD_FILE}, a folder of such folders, or a glob of them was expected`;

/** A model that was named and is not there fails as any other does, so that every format tells it. */
export const cardPresent: Check = {
  id: 'card/present',
  summary: 'there is a model: a folder with a card, model.json',
  remedy: 'Name a folder that holds a model; where its card was lost, copy or export it again.',
  async run({ folder }) {
    const card = await stat(join(folder, CARD_FILE)).catch(() => undefined);
    return card?.isFile() ? {} : { findings: [error(await whyAbsent(folder))] };
  },
};

async function whyAbsent(folder: string): Promise<string> {
  let files: string[];
  try {
    files = await readdir(folder);
  } catch (problem) {
    const { code, message } = problem as NodeJS.ErrnoException;
    if (code === 'ENOENT') return `there is nothing of this name; ${EXPECTED}`;
    if (code === 'ENOTDIR') return `this is a file; ${EXPECTED}`;
    return `the folder cannot be read: ${message}; ${EXPECTED}`;
  }
  if (files.includes(CARD_FILE)) {
    return `${CARD_FILE} is no file that can be read, such as a link that leads nowhere; a card was expected`;
  }
  const left = files.filter((file) => picomatch.isMatch(file, [...FILES_BESIDE_CARD])).sort();
  return left.length === 0
    ? `the folder holds no ${CARD_FILE}, and no folder of a model; ${EXPECTED}`
    : `there is no ${CARD_FILE} beside ${left.join(', ')}; a model has its card in the same folder`;
}
