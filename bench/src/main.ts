import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { printReport, type Report } from './report.ts';

/** Each benchmark is a module `NAME.ts` that exports `run`. */
const NAMES = [
  ...['export', 'train-epoch', 'node', 'web', 'data', 'embed', 'bytes', 'search', 'load', 'serve'],
] as const;

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** Of benchmarks that take turns; each has a default of its own. */
    rounds: { type: 'string' },
    /** Of benchmarks with several cases: those whose names hold this. */
    only: { type: 'string' },
  },
  allowPositionals: true,
});
const [name] = positionals;
const known = NAMES.filter((each) => existsSync(new URL(`./${each}.ts`, import.meta.url)));
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
const usable = rounds === undefined || (Number.isInteger(rounds) && rounds > 0);
if (positionals.length !== 1 || !known.some((each) => each === name) || !usable) {
  console.error(
    `Usage: npm run bench -- NAME [--json] [--rounds N] [--only CASE], where NAME is one of ${known.join(', ')}.`,
  );
  process.exit(2);
}
const { run } = (await import(`./${name}.ts`)) as {
  run(options: { rounds?: number | undefined; only?: string | undefined }): Promise<Report>;
};
const report = await run({ rounds, only: values.only });
console.log(values.json ? JSON.stringify(report, null, 2) : printReport(report));
