/**
 * Tries the packages in all the ways that docs/compatibility.md lists, from packed tarballs in empty folders:
 *
 *     npm run test:matrix                     all; some minutes
 *     npm run test:matrix -- --only Next      those whose name or group has these words
 *     npm run test:matrix -- --list           only say what there is
 *     npm run test:matrix -- --record         write docs/compatibility.md, or with --only its lines of these
 */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type MatrixCase, Unavailable } from './case.ts';
import { CASES } from './cases.ts';
import { compatibilityPage, type Result, withResults } from './report.ts';
import { MatrixWorkshop } from './workshop.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/compatibility.md');

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    list: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});
const { only, list, record } = values;
const wanted = CASES.filter(({ name, group }) => {
  const words = `${group}: ${name}`.toLowerCase();
  return only.length === 0 || only.some((part) => words.includes(part.toLowerCase()));
});
if (wanted.length === 0) {
  throw new Error(`There is no case '${only.join("' or '")}'; --list names them.`);
}

const results: (readonly [MatrixCase, Result])[] = [];
if (list) {
  for (const { group, name, does } of wanted) console.log(`${group}: ${name}: ${does}`);
} else {
  const workshop = new MatrixWorkshop();
  try {
    for (const matrixCase of wanted) {
      const result = await attempt(matrixCase, workshop);
      results.push([matrixCase, result]);
      console.log(line(matrixCase, result));
      if (result.outcome === 'failed') console.error(result.reason);
    }
  } finally {
    await workshop.close();
  }
  const count = (outcome: Result['outcome']) =>
    results.filter(([, result]) => result.outcome === outcome).length;
  console.log(
    `\n${count('ok')} ok, ${count('failed')} failed, ${count('not here')} not available here`,
  );
  if (record) {
    const page =
      only.length === 0
        ? compatibilityPage(results)
        : withResults(await readFile(PAGE, 'utf8'), results);
    await writeFile(PAGE, page);
  }
  if (count('failed') > 0) process.exitCode = 1;
}

async function attempt(matrixCase: MatrixCase, workshop: MatrixWorkshop): Promise<Result> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  try {
    await matrixCase.run(workshop);
    return { outcome: 'ok', here: matrixCase.here?.(), seconds: seconds() };
  } catch (error) {
    const reason = (error as Error).message;
    if (error instanceof Unavailable) return { outcome: 'not here', reason, seconds: seconds() };
    return { outcome: 'failed', reason, seconds: seconds() };
  }
}

function line({ group, name }: MatrixCase, { outcome, reason, seconds }: Result): string {
  const why = outcome === 'not here' ? `: ${reason}` : '';
  return `${outcome.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${group}: ${name}${why}`;
}
