import type { Command } from 'commander';
import { displayPath, formatPlural } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { countProgress } from '../progress/count-progress.ts';

const EXAMPLES = `
Examples:
  latentkit embed models/mine ./photos --shard 1/2 --out parts/1.parquet     here,
  latentkit embed models/mine ./photos --shard 2/2 --out parts/2.parquet     there, or later
  latentkit merge parts --out vectors.parquet

All shards have to be there, each once, of one latent space, and no picture in two of them.`;

interface MergeFlags {
  readonly out: string;
  readonly json?: boolean;
}

export function addMerge(program: Command, io: Io): void {
  program
    .command('merge')
    .summary('put the shards of an embedding together')
    .description("Put what 'latentkit embed --shard' wrote into one file of vectors.")
    .argument('<part...>', 'files of vectors, or folders that hold them')
    .requiredOption('-o, --out <file>', 'where the vectors go: .parquet, .npy, .jsonl or .csv')
    .option('--json', 'print what was done as JSON')
    .addHelpText('after', EXAMPLES)
    .action((parts: string[], flags: MergeFlags) =>
      interruptible(io, 'Stopping; the parts stay as they are.', (signal) =>
        merge(parts, flags, signal, io),
      ),
    );
}

async function merge(
  parts: readonly string[],
  { out, json }: MergeFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const { mergeVectors } = await import('@latentkit/data');
  const progress = countProgress(io, 'merged');
  try {
    const began = performance.now();
    const onProgress = (done: number, total: number) => {
      const imagesPerSecond = (1000 * done) / Math.max(1, performance.now() - began);
      progress.show({ done, total, bad: 0, imagesPerSecond });
    };
    const report = await mergeVectors(parts, { out, signal, onProgress });
    progress.clear();
    if (json) io.out(JSON.stringify(report, null, 2));
    else {
      const from = formatPlural(report.parts.length, 'file');
      io.out(
        `${displayPath(report.files[0] ?? out)}: ${formatPlural(report.rows, 'row')} of ${from}`,
      );
    }
  } finally {
    progress.clear();
  }
}
