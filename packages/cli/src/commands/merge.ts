import { formatPlural } from '@latentkit/system';
import type { Command } from 'commander';
import { displayPath } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { countProgress } from '../progress/count-progress.ts';
import { tellBad } from '../tell-bad.ts';
import { type TargetFlags, targetOf } from '../vectors/target.ts';

const EXAMPLES = `
Examples:
  latentkit embed models/mine ./photos --shard 1/2 --out parts/1.parquet     here,
  latentkit embed models/mine ./photos --shard 2/2 --out parts/2.parquet     there, or later
  latentkit embed merge parts --out vectors.parquet
  latentkit embed merge parts --manifest lists --out vectors.parquet         of parts made by --manifest
  latentkit embed merge vectors.parquet --to sqlite:vectors.db               what is embedded, into a store

All parts have to be there, each once, of one latent space, and no picture in two of them.`;

interface MergeFlags extends TargetFlags {
  readonly manifest?: string;
  readonly json?: boolean;
}

/** @param embed whose options of the same names are read before those of a verb below it, and count for it */
export function addMerge(embed: Command, io: Io): void {
  embed
    .command('merge')
    .summary('put the parts of an embedding together')
    .description(
      "Put the parts that 'latentkit embed' or a queue wrote into one file of vectors, or a store.",
    )
    .argument('<part...>', 'files of vectors, or folders that hold them')
    .option('-o, --out <file>', 'where the vectors go: .parquet, .npy, .jsonl or .csv')
    .option('--to <store>', 'or the store that they go to: sqlite:vectors.db')
    .option('--manifest <file>', 'the lists that parts were made of, or a folder of them')
    .option('--json', 'print what was done as JSON')
    .addHelpText('after', EXAMPLES)
    .action((parts: string[], _: unknown, command: Command) =>
      interruptible(io, 'Stopping; the parts stay as they are.', (signal) =>
        merge(parts, command.optsWithGlobals() as MergeFlags, signal, io),
      ),
    );
}

async function merge(
  parts: readonly string[],
  { manifest, json, ...places }: MergeFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const { mergeVectors } = await import('@latentkit/data');
  const target = await targetOf(places);
  const progress = countProgress(io, 'merged');
  try {
    const began = performance.now();
    const onProgress = (done: number, total: number) => {
      const imagesPerSecond = (1000 * done) / Math.max(1, performance.now() - began);
      progress.show({ done, total, bad: 0, imagesPerSecond });
    };
    const report = await mergeVectors(parts, {
      ...target,
      manifests: manifest,
      signal,
      onProgress,
    });
    progress.clear();
    if (json) io.out(JSON.stringify(report, null, 2));
    else {
      const from = formatPlural(report.parts.length, 'file');
      io.out(
        `${places.to ?? displayPath(report.files[0] ?? '')}: ${formatPlural(report.rows, 'row')} of ${from}`,
      );
      tellBad(report.leftOut, io);
    }
  } finally {
    progress.clear();
  }
}
