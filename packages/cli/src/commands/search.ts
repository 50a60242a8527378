import { resolve } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import type { Metric, SearchableVectors, SearchHit } from '@latentkit/data';
import type { Command } from 'commander';
import { formatColumns } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { addModelOptions, type ModelFlags, openEncoder } from '../model/model-options.ts';
import { parseInteger } from '../options.ts';

const EXAMPLES = `
Examples:
  latentkit search vectors.parquet query.png -k 10              pictures that are like one
  latentkit search vectors.parquet --row cats/7.png             like one of those that were embedded
  latentkit search part-1.npy part-2.npy query.png              in the shards of 'embed --shard'
  latentkit search vectors.parquet query.png --json | jq -r '.hits[].id'

Every vector is compared: the result is exact. The picture is embedded by the model that made the vectors,
which is looked for where it was then; --model says where else. Vectors of another latent space are refused.`;

interface SearchFlags extends ModelFlags {
  readonly count?: number;
  readonly metric?: string;
  readonly model?: string;
  readonly row?: string;
  readonly json?: boolean;
}

export function addSearch(program: Command, io: Io): void {
  const command = program
    .command('search')
    .summary('find the pictures that are like one')
    .description('Find the vectors nearest to a picture, or to one of their own rows.')
    .argument('<vectors...>', "files that 'latentkit embed' wrote, then the picture to look for")
    .option('-k, --count <n>', 'how many to find (default: 10)', parseInteger)
    .option('--metric <name>', 'cosine or euclidean (default: cosine)')
    .option('--row <id>', 'look for this row, instead of a picture')
    .option('--model <folder>', 'the model that made the vectors, if it is elsewhere now');
  addModelOptions(command)
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', EXAMPLES)
    .action((paths: string[], flags: SearchFlags) =>
      interruptible(io, 'Stopping the search.', (signal) => search(paths, flags, signal, io)),
    );
}

async function search(
  paths: readonly string[],
  flags: SearchFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const { openSearch, searchVectors } = await import('@latentkit/data');
  const files = flags.row === undefined ? paths.slice(0, -1) : paths;
  if (files.length === 0) {
    throw new LatentkitError(
      'invalid-argument',
      "search: expected files of vectors and a picture ('latentkit search vectors.parquet query.png'), or --row.",
    );
  }
  const vectors = await openSearch(files);
  const query =
    flags.row === undefined
      ? await embedded(paths.at(-1) as string, vectors, files[0] as string, flags, signal)
      : rowOf(vectors, flags.row);
  const metric = flags.metric as Metric | undefined;
  const hits = await searchVectors(vectors, query, { k: flags.count, metric, signal });
  const { model, space } = vectors.info;
  io.out(
    flags.json
      ? JSON.stringify({ model, space, metric: metric ?? 'cosine', hits }, null, 2)
      : describe(hits),
  );
}

function describe(hits: readonly SearchHit[]): string {
  return formatColumns(
    hits.map(({ distance, id }, i) => [`${i + 1}`.padStart(3), distance.toFixed(4), id]),
  );
}

function rowOf({ rows, vectors, info }: SearchableVectors, id: string): Float32Array {
  const at = rows.findIndex((row) => row.id === id);
  if (at < 0) {
    throw new LatentkitError(
      'invalid-argument',
      `--row: none of the ${rows.length} rows is '${id}'. Rows are named after their files, as in '${rows[0]?.id ?? ''}'.`,
    );
  }
  return vectors.slice(at * info.size, (at + 1) * info.size);
}

/** The vector of a picture, by the model that made the others. */
async function embedded(
  picture: string,
  { info }: SearchableVectors,
  file: string,
  flags: SearchFlags,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { checkSpace } = await import('@latentkit/data');
  const { readImages } = await import('@latentkit/node');
  const { model = info.modelPath, condition } = flags;
  if (model === undefined) {
    throw new LatentkitError(
      'invalid-argument',
      `${file} does not say where the model ${info.model} is: name it with --model.`,
    );
  }
  const encoder = await openEncoder(model, flags, signal).catch((cause) => {
    const isLost = LatentkitError.isInstance(cause) && cause.code === 'not-found';
    if (!isLost || flags.model !== undefined) throw cause;
    throw new LatentkitError(
      'not-found',
      `The model ${info.model}, which made ${file}, is no longer in ${model}: name it with --model.`,
      { cause },
    );
  });
  try {
    const where = flags.model === undefined ? model : resolve(flags.model);
    checkSpace(file, info, { name: where, space: encoder.space });
    const items = await readImages([picture], encoder.card, { signal });
    return (await encoder.embed(items, { signal, condition })).data;
  } finally {
    await encoder.dispose();
  }
}
