import { readdirSync } from 'node:fs';
import { parse } from 'node:path';
import { parseArgs } from 'node:util';
import { printReport, type Report } from './report.ts';

/** Each benchmark is a module that exports `run`. */
const NAMES = readdirSync(new URL('./cases', import.meta.url)).map((file) => parse(file).name);

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
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
const usable = rounds === undefined || (Number.isInteger(rounds) && rounds > 0);
if (positionals.length !== 1 || !NAMES.some((each) => each === name) || !usable) {
  console.error(
    `Usage: npm run bench -- NAME [--json] [--rounds N] [--only CASE], where NAME is one of ${NAMES.join(', ')}.`,
  );
  process.exit(2);
}
const { run } = (await import(`./cases/${name}.ts`)) as {
  run(options: { rounds?: number | undefined; only?: string | undefined }): Promise<Report>;
};
const report = await run({ rounds, only: values.only });
console.log(values.json ? JSON.stringify(report, null, 2) : printReport(report));
