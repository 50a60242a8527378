import { realpath } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { type Check, error, type Finding } from '../../check.ts';

export const pathOutside: Check = {
  id: 'path/outside',
  summary: 'the card names files of its own folder alone',
  remedy:
    'Put every file beside the card, as a file and not as a link, and name it without folders.',
  needs: ['card/present'],
  async run(model) {
    const card = await model
      .text()
      .then(JSON.parse)
      .catch(() => undefined);
    const folder = await realpath(model.folder);
    const findings: Finding[] = [];
    for (const file of filesNamedIn(card)) {
      if (isAbsolute(file) || /[\\/]|^\.\.?$/.test(file)) {
        findings.push(error(`the card names '${file}', which is no bare file name`, 'model.json'));
        continue;
      }
      const real = await realpath(join(folder, file)).catch(() => undefined);
      if (real !== undefined && !real.startsWith(folder + sep)) {
        findings.push(error(`${file} is a link that leads out of the folder`, file));
      }
    }
    return { findings };
  },
};

/** Whatever is called `file` anywhere in a card, which need not be valid. */
function filesNamedIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === 'file' && typeof each === 'string' ? [each] : filesNamedIn(each),
  );
}
