import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Says in the logs of a run which folder the run is in. */
export const RUN_FILE = 'run-folder.txt';

/**
 * The folder of a run's logs below another: `<name of the run folder>`, or `<name>-2`, `-3` and so on where that is
 * another run's. It is made, and is the run's from then on.
 *
 * @param resumed whether there may be logs of the run: those that nobody is named for are its own then, and so are those
 *   of a run folder that is gone, since it was moved here
 */
export async function logFolder(below: string, runDir: string, resumed: boolean): Promise<string> {
  const run = await realpath(runDir);
  for (let count = 1; ; count++) {
    const folder = join(below, count === 1 ? basename(runDir) : `${basename(runDir)}-${count}`);
    const isNew = (await mkdir(folder, { recursive: true })) !== undefined;
    const mark = join(folder, RUN_FILE);
    if (isNew || (resumed && !existsSync(mark))) await claim(mark, run);
    const owner = (await readFile(mark, 'utf8').catch(() => '')).trimEnd();
    if (owner === run) return folder;
    if (resumed && !existsSync(owner)) {
      await writeFile(mark, `${run}\n`);
      return folder;
    }
  }
}

/** Of two runs that begin at once the first has the folder. */
async function claim(mark: string, run: string): Promise<void> {
  await writeFile(mark, `${run}\n`, { flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
  });
}
