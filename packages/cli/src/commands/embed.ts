import { AbortedError, ArgumentError } from '@latentkit/core';
import type { EmbedReport, Shard } from '@latentkit/data';
import { absoluteAddress, folderNameOf, formatPlural } from '@latentkit/system';
import type { Command } from 'commander';
import { embedForExplorer } from '../explorer/embed-for-explorer.ts';
import { displayPath, formatCount, formatDuration } from '../format.ts';
import { interruptible, isToldToEnd } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { tellLabelsUnused } from '../model/labels-unused.ts';
import {
  addModelOptions,
  MODEL,
  type ModelFlags,
  openEncoder,
  openModel,
} from '../model/model-options.ts';
import { endingOf, parseInteger, parseShard } from '../options.ts';
import { countProgress } from '../progress/count-progress.ts';
import { tellBad } from '../tell-bad.ts';
import { type TargetFlags, targetOf } from '../vectors/target.ts';
import { addMerge } from './merge.ts';

const EXAMPLES = `
Examples:
  latentkit embed models/mine ./photos --out vectors.parquet
  latentkit embed models/mine photos.zip --out vectors.npy --score
  latentkit embed models/mine './photos/**/*.jpg' --out vectors.parquet --watch
  latentkit embed models/mine ./photos --out part-1.parquet --shard 1/4    # a quarter of the work
  latentkit embed models/mine ./photos --out part-7.parquet --manifest list-7.jsonl
  latentkit embed models/mine ./by-class --out vectors.parquet    # a conditional model: by the labels of the folders
  latentkit embed merge parts --out vectors.parquet       # all parts in one file, when none is missing
  latentkit embed models/mine ./photos --to sqlite:vectors.db              # rows of a database, to search in
  latentkit embed merge vectors.parquet --to sqlite:vectors.db             # what is embedded already, into it
  latentkit embed models/mine ./photos --out explored --for-explorer       # with map, neighbours, thumbnails

A row a picture: id, SHA-256 of the file, vector, and with --score the model's ELBO. The output is there when
it is whole. Run the same command again after an interruption, or after files came, changed or went: what is
embedded already is not embedded again. Files that cannot be read are listed and left out. A store takes rows as they
come, each in the place of the one of its id, and keeps those of files that went but for --prune, which is for a store
that these sources alone fill; it needs the package @latentkit/stores: npm install @latentkit/stores
Search in the result with 'latentkit search'.`;

interface EmbedFlags extends ModelFlags, TargetFlags {
  readonly score?: boolean;
  readonly prune?: boolean;
  readonly shard?: Shard;
  readonly manifest?: string;
  readonly batch?: number;
  readonly watch?: boolean;
  readonly forExplorer?: boolean;
  readonly json?: boolean;
}

export function addEmbed(program: Command, io: Io): void {
  const command = program
    .command('embed')
    .alias('encode')
    .summary('embed pictures: a file of vectors, a row a picture')
    .description('Embed pictures, or the items of arrays: a file of vectors, a row each.')
    .argument('<model>', MODEL)
    .argument(
      '<source...>',
      'folders, globs, lists, archives or arrays of pictures, or single ones',
    )
    .option(
      '-o, --out <file>',
      'where the vectors go: .parquet, .npy, .jsonl or .csv (a folder with --for-explorer)',
    )
    .option('--to <store>', 'or the store that they go to: sqlite:vectors.db')
    .option('--prune', 'take rows of files that are gone out of the store')
    .option('--score', 'add the ELBO of each picture, in nats (seed 0)')
    .option('--shard <i/n>', 'only the i-th of n parts of the files, from 1', parseShard)
    .option('--manifest <file>', 'only the files that it lists, a line each: {"id":"cats/1.png"}')
    .option('--batch <n>', 'pictures that are encoded together (default: 128)', parseInteger);
  addModelOptions(command)
    .option('--for-explorer', "a folder of what 'latentkit explore' shows: docs/explorer.md")
    .option('--watch', 'go on, and follow what comes, changes and goes, until SIGTERM or Ctrl-C')
    .option('--json', 'print what was done as JSON')
    .addHelpText('after', EXAMPLES)
    .action((model: string, sources: string[], flags: EmbedFlags) =>
      interruptible(io, 'Stopping after this batch.', (signal) =>
        embed(model, sources, flags, signal, io).catch((error) => {
          // What only follows has no other end.
          if (!flags.watch || !isToldToEnd(signal) || !AbortedError.isInstance(error)) throw error;
        }),
      ),
    );
  addMerge(command, io);
}

async function embed(
  path: string,
  sources: readonly string[],
  flags: EmbedFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  if (flags.forExplorer) {
    const others = (
      ['to', 'prune', 'score', 'shard', 'manifest', 'batch', 'watch'] as const
    ).filter((name) => flags[name]);
    if (others[0]) {
      const wanted = 'none (an explorer always has scores, and all items at once)';
      throw new ArgumentError(`--${others[0]}`, wanted, 'it with --for-explorer');
    }
    if (flags.out === undefined || endingOf(flags.out)) {
      throw new ArgumentError('--out', 'a folder', flags.out ?? 'none');
    }
    return embedForExplorer(path, sources, { ...flags, out: flags.out }, signal, io);
  }
  const { embedFiles, openItems, vectorFormatOf, watchFiles } = await import('@latentkit/data');
  const target = await targetOf(flags, sources);
  if (target.out !== undefined) vectorFormatOf(target.out);
  const model = await (flags.score ? openModel : openEncoder)(path, flags, signal);
  const progress = countProgress(io, 'embedded');
  const { score, prune, shard, manifest, batch: batchSize, condition } = flags;
  const options = {
    ...target,
    ...{ score, prune, shard, manifest, batchSize, condition, signal },
    modelPath: absoluteAddress(path),
    onProgress: progress.show,
  };
  try {
    if (!flags.watch) {
      const conditioned = condition !== undefined && model.card.condition;
      const items = conditioned ? await openItems(sources, signal) : undefined;
      tell(await embedFiles(model, items ?? sources, options), flags, io);
      const labels = items?.entries.map(({ id, label }) => label ?? folderNameOf(id));
      tellLabelsUnused(condition, model.card, labels, io);
      return;
    }
    for await (const { report, fault } of watchFiles(model, sources, options)) {
      progress.clear();
      if (report) tell(report, flags, io);
      else io.err(`waiting: ${fault.message}`);
    }
  } finally {
    progress.clear();
    await model.dispose();
  }
}

function tell(report: EmbedReport, { to, json, watch }: EmbedFlags, io: Io): void {
  const { rows, embedded, unchanged, bad, size, files, seconds, stored, pruned } = report;
  // A line a round while watching, so that programs can read them as they come.
  if (json) {
    io.out(JSON.stringify(report, null, watch ? undefined : 2));
    return;
  }
  const speed = embedded > 0 ? ` (${formatCount(Math.round(embedded / seconds))}/s)` : '';
  const before = unchanged > 0 ? `, ${formatCount(unchanged)} unchanged since before` : '';
  const gone =
    pruned === undefined ? '' : `, ${formatCount(pruned)} of files that are gone taken out`;
  const held =
    stored === undefined || stored === rows ? '' : `; ${formatPlural(stored, 'row')} in the store`;
  io.out(
    `${to ?? displayPath(files[0] ?? '')}: ${formatPlural(rows, 'row')} of ${size} numbers; ${formatCount(embedded)} embedded in ${formatDuration(seconds)}${speed}${before}${gone}${held}`,
  );
  tellBad(bad, io);
}
