import { ArgumentError, LatentkitError } from '@latentkit/core';
import type { Metric, SearchHit } from '@latentkit/data';
import { absoluteAddress } from '@latentkit/system';
import type { Command } from 'commander';
import { offerValues } from '../completion/offered-values.ts';
import { formatColumns } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { addModelOptions, type ModelFlags, openEncoder } from '../model/model-options.ts';
import { parseInteger } from '../options.ts';
import { openSearched, type Searched } from '../vectors/searched.ts';

const EXAMPLES = `
Examples:
  latentkit search vectors.parquet query.png -k 10              pictures that are like one
  latentkit search vectors.parquet --row cats/7.png             like one of those that were embedded
  latentkit search part-1.npy part-2.npy query.png              in the shards of 'embed --shard'
  latentkit search sqlite:vectors.db query.png                  in a store of 'embed --to'
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
    .argument(
      '<vectors...>',
      "files that 'latentkit embed' wrote, or its store, then the picture to look for",
    )
    .option('-k, --count <n>', 'how many to find (default: 10)', parseInteger)
    .option('--metric <name>', 'cosine or euclidean (default: cosine)')
    .option('--row <id>', 'look for this row, instead of a picture')
    .option('--model <folder>', 'the model that made the vectors, if it is elsewhere now');
  offerValues(command, { '--metric': ['cosine', 'euclidean'] });
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
  const names = flags.row === undefined ? paths.slice(0, -1) : paths;
  if (names.length === 0) {
    throw new LatentkitError(
      'invalid-argument',
      "search: expected files of vectors and a picture ('latentkit search vectors.parquet query.png'), or --row.",
    );
  }
  if (flags.count !== undefined && flags.count < 1) {
    throw new ArgumentError('--count', 'an integer of at least 1', flags.count);
  }
  checkRow(flags);
  const vectors = await openSearched(names);
  try {
    const query =
      flags.row === undefined
        ? await embedded(paths.at(-1) as string, vectors, flags, signal)
        : await vectorOfRow(vectors, flags.row);
    const metric = flags.metric as Metric | undefined;
    const hits = await vectors.nearest(query, { k: flags.count, metric, signal });
    const { model, space } = vectors.info;
    io.out(
      flags.json
        ? JSON.stringify({ model, space, metric: metric ?? 'cosine', hits }, null, 2)
        : describe(hits),
    );
  } finally {
    await vectors.close();
  }
}

/** A row has its vector already: what says how a picture gets one would go unheard. */
function checkRow({ row, model, condition, device }: SearchFlags): void {
  if (row === undefined) return;
  const [unheard] =
    Object.entries({ model, condition, device }).find(([, value]) => value !== undefined) ?? [];
  if (unheard === undefined) return;
  throw new LatentkitError(
    'invalid-argument',
    `--${unheard}: expected a picture to look for, which a model embeds, received --row, whose vector is there. Leave out one of the two.`,
  );
}

function describe(hits: readonly SearchHit[]): string {
  return formatColumns(
    hits.map(({ distance, id }, i) => [`${i + 1}`.padStart(3), distance.toFixed(4), id]),
  );
}

async function vectorOfRow(vectors: Searched, id: string): Promise<Float32Array> {
  const found = await vectors.vectorOf(id);
  if (found) return found;
  const near = await rowOfPath(vectors, id);
  const hint = near === undefined ? "as in 'cats/7.png'" : `this one '${near}'`;
  throw new LatentkitError(
    'invalid-argument',
    `--row: none of the ${await vectors.count()} rows of ${vectors.name} is '${id}'. Rows are named after their files, within the folder that was embedded: ${hint}.`,
  );
}

/** The row that a path to its picture means: what the shell completes has the folder before it. */
async function rowOfPath(vectors: Searched, path: string): Promise<string | undefined> {
  const parts = path.split(/[/\\]/);
  for (let from = 1; from < parts.length; from++) {
    const id = parts.slice(from).join('/');
    if (await vectors.vectorOf(id)) return id;
  }
  return undefined;
}

/** The vector of a picture, by the model that made the others. */
async function embedded(
  picture: string,
  { info, name }: Searched,
  flags: SearchFlags,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { checkSpace } = await import('@latentkit/data');
  const { readImages } = await import('@latentkit/node');
  const { model = info.modelPath, condition } = flags;
  if (model === undefined) {
    throw new LatentkitError(
      'invalid-argument',
      `${name} does not say where the model ${info.model} is: name it with --model.`,
    );
  }
  const encoder = await openEncoder(model, flags, signal).catch((cause) => {
    const isLost = LatentkitError.isInstance(cause) && cause.code === 'not-found';
    if (!isLost || flags.model !== undefined) throw cause;
    throw new LatentkitError(
      'not-found',
      `The model ${info.model}, which made ${name}, is no longer in ${model}: name it with --model.`,
      { cause },
    );
  });
  try {
    const where = flags.model === undefined ? model : absoluteAddress(flags.model);
    checkSpace(name, info, { name: where, space: encoder.space });
    const items = await readImages([picture], encoder.card, { signal });
    return (await encoder.embed(items, { signal, condition })).data;
  } finally {
    await encoder.dispose();
  }
}
