import { extname, resolve } from 'node:path';
import { ArgumentError, LatentkitError, scoreThreshold } from '@latentkit/core';
import type { Fault } from '@latentkit/data';
import { folderNameOf, formatPlural, writeFileWhole } from '@latentkit/system';
import { type Command, Option } from 'commander';
import { displayPath, formatColumns, formatCount, formatDecimals } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { tellLabelsUnused } from '../model/labels-unused.ts';
import { addModelOptions, MODEL, type ModelFlags, openModel } from '../model/model-options.ts';
import { recordLatentSpace } from '../model/record-latent-space.ts';
import { parseInteger, parseNumber } from '../options.ts';
import { drawOddest, Oddest } from '../pictures/oddest.ts';
import { keepInputs } from '../pictures/picture-inputs.ts';
import { checkSheetPath } from '../pictures/picture-path.ts';
import { countProgress } from '../progress/count-progress.ts';
import { tellBad } from '../tell-bad.ts';

const EXAMPLES = `
Examples:
  latentkit score models/mine ./photos                       the oddest ten, and why
  latentkit score models/mine ./photos --out scores.csv      all of them, a row each
  latentkit score models/mine ./photos --maps odd.png        a picture of the oddest, and of where they are odd
  latentkit score models/mine ./good --false-alarms 0.01 --record
                     a threshold below which one in a hundred of good pictures falls, kept on the card
  latentkit score models/mine ./photos --by density          by a mixture on the card instead of the ELBO
  latentkit score models/mine ./by-class                     a conditional model: by the labels of the folders
  latentkit score models/mine ./new --json | jq '.scores[] | select(.odd)'

The score is the ELBO in nats, from one draw: high for what the model knows. reconstruction says how well it can
draw the picture, kl how far it must go from what is usual. What is easy to draw scores high, also where it is odd:
--by density goes by where the latents of data lie instead, by the mixture that 'latentkit directions' records. Set
thresholds on pictures that the model was not trained on; each counts for its own score, as --by says.`;

interface ScoreFlags extends ModelFlags {
  readonly out?: string;
  readonly seed: number;
  readonly count: number;
  readonly by: By;
  readonly importance?: number;
  readonly maps?: string;
  readonly falseAlarms?: number;
  readonly record?: boolean;
  readonly json?: boolean;
}

/** What pictures can be put in order by. */
const BY = ['elbo', 'density'] as const;
type By = (typeof BY)[number];
/** The same in messages. */
const IN_WORDS: Record<By, string> = { elbo: 'the ELBO', density: 'the density of the latents' };

interface ScoredRow {
  readonly id: string;
  readonly elbo: number;
  readonly reconstruction: number;
  readonly kl: number;
  /** ln of the density of the latent, where it was asked for. */
  readonly density?: number;
  /** The importance-weighted bound, where it was asked for. */
  readonly importanceWeighted?: number;
  /** Whether it is below the threshold of what is gone by, where there is one. */
  readonly odd?: boolean;
}

export function addScore(program: Command, io: Io): void {
  const command = program
    .command('score')
    .summary('find the pictures that are odd')
    .description('Score pictures by how well a model knows them, and find the odd ones.')
    .argument('<model>', MODEL)
    .argument(
      '<source...>',
      'folders, globs, lists, archives or arrays of pictures, or single ones',
    )
    .option('-o, --out <file>', 'where all scores go: .csv or .jsonl')
    .option('-n, --count <n>', 'how many of the oddest to show', parseInteger, 10)
    .addOption(
      new Option('--by <score>', 'what to go by; density needs a mixture on the card')
        .choices(BY)
        .default('elbo'),
    )
    .option('--seed <n>', 'seed of the draws', parseInteger, 0)
    .option(
      '--importance <n>',
      'also the bound of so many weighted draws, which is tighter',
      parseInteger,
    )
    .option(
      '--maps <file>',
      'draw the oddest, what the model makes of them, and where they are odd: .png',
    )
    .option('--false-alarms <x>', 'set a threshold: the share of these that is below', parseNumber)
    .option('--record', 'keep the threshold on the card');
  addModelOptions(command)
    .option('--json', 'print all scores as JSON')
    .addHelpText('after', EXAMPLES)
    .action((model: string, sources: string[], flags: ScoreFlags) =>
      interruptible(io, 'Stopping after this batch.', (signal) =>
        score(model, sources, flags, signal, io),
      ),
    );
}

async function score(
  path: string,
  sources: readonly string[],
  flags: ScoreFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const { itemBatches } = await import('@latentkit/data');
  const format = flags.out === undefined ? undefined : formatOf(flags.out);
  const { by, falseAlarms, record, seed, condition, importance, maps } = flags;
  if (maps !== undefined) {
    checkSheetPath('--maps', maps);
    keepInputs(maps, sources, '--maps');
  }
  const least = maps === undefined ? 0 : 1;
  if (flags.count < least) {
    throw new ArgumentError('--count', `an integer of at least ${least}`, flags.count);
  }
  if (record && falseAlarms === undefined) {
    throw new LatentkitError(
      'invalid-argument',
      '--record: expected --false-alarms beside it, which says where the threshold is, received none. Add such as --false-alarms 0.01.',
    );
  }
  const model = await openModel(path, flags, signal);
  if (by === 'density' && model.card.latentSpace?.mixture === undefined) {
    await model.dispose();
    throw new LatentkitError(
      'invalid-argument',
      `--by density goes by a mixture, and the card of ${model.card.name} keeps none: fit one to ordinary pictures with 'latentkit directions MODEL --data PICTURES --mixture --record'.`,
    );
  }
  const progress = countProgress(io, 'scored');
  const bad: Fault[] = [];
  const oddest = new Oddest(flags.count);
  let rows: ScoredRow[] = [];
  try {
    const batches = itemBatches(sources, model.card, {
      signal,
      labelled: condition === undefined,
      onBad: (fault) => void bad.push(fault),
      onProgress: progress.show,
    });
    for await (const { ids, items, labels } of batches) {
      const scores = await model.score(items, {
        seed,
        importance,
        ...(by === 'density' ? { density: true } : {}),
        // Else a picture's score would hang on those that it stands beside.
        oneDraw: true,
        condition: condition ?? labels,
        signal,
      });
      const { elbo, reconstruction, kl, density, importanceWeighted } = scores;
      if (maps !== undefined) oddest.add(scores[by] as Float64Array, items, labels);
      for (const [i, id] of ids.entries()) {
        rows.push({
          id,
          elbo: elbo[i] as number,
          reconstruction: reconstruction[i] as number,
          kl: kl[i] as number,
          ...(density ? { density: density[i] as number } : {}),
          ...(importanceWeighted ? { importanceWeighted: importanceWeighted[i] as number } : {}),
        });
      }
    }
    if (maps !== undefined && rows.length > 0) {
      const { png, scale } = await drawOddest(model, oddest.items, {
        seed,
        condition: condition ?? oddest.labels,
        signal,
      });
      await writeFileWhole(resolve(maps), png, { makeFolders: true });
      const [dark, bright] = scale.map((nats) => formatDecimals(nats, 2));
      io.err(`maps     all on one scale, from ${dark} (dark) to ${bright} nats a pixel (bright)`);
    }
  } finally {
    progress.clear();
    await model.dispose();
  }
  tellLabelsUnused(
    condition,
    model.card,
    rows.map(({ id }) => folderNameOf(id)),
    io,
  );
  checkEnough(rows.length, falseAlarms);
  const threshold =
    falseAlarms === undefined
      ? undefined
      : scoreThreshold(
          rows.map((row) => row[by] as number),
          falseAlarms,
        );
  // The model's own word counts what is below any threshold of the card: not what the table here goes by.
  const limit =
    threshold ?? model.card.latentSpace?.thresholds?.find(({ score }) => score === by)?.value;
  if (limit !== undefined) {
    rows = rows.map((row) => ({ ...row, odd: (row[by] as number) < limit }));
  }
  if (record && threshold !== undefined && falseAlarms !== undefined) {
    const protocol = `quantile of ${IN_WORDS[by]} of ${formatCount(rows.length)} pictures, one posterior draw each (seed ${seed})`;
    const count = rows.length;
    await recordLatentSpace(path, {
      thresholds: [{ score: by, value: threshold, falseAlarms, protocol, count }],
    });
  }
  if (flags.out !== undefined && format) {
    await writeFileWhole(resolve(flags.out), format(rows), { makeFolders: true });
  }
  if (flags.json) io.out(JSON.stringify({ threshold, scores: rows, bad }, null, 2));
  else tell(rows, threshold, flags, io);
  if (!flags.json) tellBad(bad, io);
}

/** A threshold that one in a hundred is below is found among a hundred, and not among fewer. */
function checkEnough(count: number, falseAlarms: number | undefined): void {
  if (falseAlarms === undefined || !(falseAlarms > 0 && falseAlarms < 1)) return;
  const least = Math.ceil(1 / falseAlarms - 1e-9);
  if (count >= least) return;
  throw new LatentkitError(
    'invalid-argument',
    `--false-alarms ${falseAlarms}: expected at least ${formatPlural(least, 'picture')} to tell such a share, received ${count}. Give more pictures, or a larger share.`,
  );
}

/** The columns of numbers, as far as they are there. */
const NUMBERS = ['elbo', 'reconstruction', 'kl', 'density', 'importanceWeighted'] as const;

function formatOf(out: string): (rows: readonly ScoredRow[]) => string {
  switch (extname(out).toLowerCase()) {
    case '.jsonl':
      return (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    case '.csv':
      return (rows) =>
        [
          ['id', ...NUMBERS.filter((name) => rows[0]?.[name] !== undefined), 'odd'].join(),
          ...rows.map((row) =>
            [
              `"${row.id.replaceAll('"', '""')}"`,
              ...NUMBERS.flatMap((name) => row[name] ?? []),
              row.odd ?? '',
            ].join(),
          ),
          '',
        ].join('\n');
    default:
      throw new ArgumentError('--out', 'a path that ends in .csv or .jsonl', out);
  }
}

function tell(
  rows: readonly ScoredRow[],
  threshold: number | undefined,
  { by, count, out, record, maps }: ScoreFlags,
  io: Io,
): void {
  const oddest = rows
    .slice()
    .sort((a, b) => (a[by] as number) - (b[by] as number))
    .slice(0, count);
  const weighted = rows.some(({ importanceWeighted }) => importanceWeighted !== undefined);
  const dense = rows.some(({ density }) => density !== undefined);
  const cells = oddest.map(({ id, elbo, reconstruction, kl, density, importanceWeighted, odd }) => [
    elbo.toFixed(1),
    reconstruction.toFixed(1),
    kl.toFixed(1),
    ...(dense ? [density?.toFixed(1) ?? ''] : []),
    ...(weighted ? [importanceWeighted?.toFixed(1) ?? ''] : []),
    odd ? 'odd' : '',
    id,
  ]);
  const heads = [
    ...['ELBO', 'reconstruction', 'KL'],
    ...(dense ? ['density'] : []),
    ...(weighted ? ['weighted'] : []),
    ...['', 'picture'],
  ];
  io.out(formatColumns([heads, ...cells]));
  const odd = rows.filter((row) => row.odd).length;
  if (odd > 0) {
    io.out(
      `${formatCount(odd)} of ${formatPlural(rows.length, 'picture')} ${odd === 1 ? 'is' : 'are'} odd by ${IN_WORDS[by]}.`,
    );
  }
  if (threshold !== undefined) io.out(`threshold: ${threshold.toFixed(3)} nats`);
  if (record) io.err('Recorded on the card.');
  if (maps !== undefined) io.err(`The oddest are drawn in ${displayPath(resolve(maps))}.`);
  if (out !== undefined) io.err(`All scores are in ${displayPath(resolve(out))}.`);
}
