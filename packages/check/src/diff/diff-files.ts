import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  type GraphName,
  LatentkitError,
  type ModelCard,
  type NamedTensors,
  parseCard,
} from '@latentkit/core';
import { checkOptions } from '@latentkit/core/runtime';
import { allTensors, readModel, writeModel } from '@latentkit/onnx';
import { loadModelFile } from '@latentkit/onnx/node';
import { contractOf } from '../model/contract.ts';
import { CARD_FILE } from '../model/files.ts';
import { goldenByGraph } from '../model/golden.ts';
import { readBytes } from '../model/read-bytes.ts';
import {
  checkTolerance,
  type DiffOptions,
  diffGraphs,
  type GraphDiff,
  type Verdict,
} from './diff-graphs.ts';

export interface FilesDiff {
  /** What of the cards says how numbers are read, where it differs. */
  readonly contract: readonly {
    readonly field: string;
    readonly before: unknown;
    readonly after: unknown;
  }[];
  /** By graph of the model; by file name for two files. */
  readonly graphs: Readonly<Record<string, GraphDiff>>;
  readonly verdict: Verdict;
}

/**
 * Compares two ONNX files, or two folders of models: on the golden inputs of the first, where it has some.
 * Of folders, the fp32 graphs are compared.
 *
 * @throws LatentkitError `not-found` for a path where nothing is, or a folder without a card; `invalid-data` for a file
 *   that is no ONNX model, or whose data is not beside it; `invalid-argument` for a folder and a file; ArgumentError for
 *   a tolerance below 0; CardError
 */
export async function diffFiles(
  before: string,
  after: string,
  options: DiffOptions = {},
): Promise<FilesDiff> {
  checkOptions(options);
  if (options.tolerance !== undefined) checkTolerance(options.tolerance);
  const folders: boolean[] = [];
  for (const path of [before, after]) folders.push(await isFolder(path));
  if (folders[0] !== folders[1]) {
    const [folder, file] = folders[0] ? [before, after] : [after, before];
    throw new LatentkitError(
      'invalid-argument',
      `${folder} is a folder, and ${file} is a file: two ONNX files, or two folders of models, were expected.`,
    );
  }
  if (!folders[0]) {
    const diff = await diffGraphs(await readGraph(before), await readGraph(after), options);
    return { contract: [], graphs: { [basename(after)]: diff }, verdict: diff.verdict };
  }
  return diffFolders(before, after, options);
}

async function diffFolders(
  before: string,
  after: string,
  options: DiffOptions,
): Promise<FilesDiff> {
  const [first, second] = (await Promise.all([before, after].map(readCard))) as [
    ModelCard,
    ModelCard,
  ];
  const golden =
    first.golden && goldenByGraph(await read(join(before, first.golden.file)), first.golden.file);
  const graphs: Record<string, GraphDiff> = {};
  const missing: string[] = [];
  for (const [name, card] of Object.entries(first.graphs)) {
    const other = second.graphs[name as GraphName];
    if (!card) continue;
    if (!other) {
      missing.push(name);
      continue;
    }
    const inputs: NamedTensors | undefined = options.inputs ?? golden?.[name as GraphName]?.inputs;
    graphs[name] = await diffGraphs(
      await readGraph(join(before, card.files.fp32.file)),
      await readGraph(join(after, other.files.fp32.file)),
      { ...options, inputs },
    );
  }
  const contract = contractDiff(first, second);
  return { contract, graphs, verdict: judge(contract, graphs, missing) };
}

function contractDiff(first: ModelCard, second: ModelCard): FilesDiff['contract'] {
  const [before, after] = [contractOf(first), contractOf(second)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => ({ field, before: before[field], after: after[field] }));
}

function judge(
  contract: FilesDiff['contract'],
  graphs: FilesDiff['graphs'],
  missing: readonly string[],
): Verdict {
  if (missing.length > 0)
    return { replaces: false, reason: `the ${missing.join(' and ')} is missing` };
  const [changed] = contract;
  if (changed) return { replaces: false, reason: `${changed.field} on the card is another` };
  const entries = Object.entries(graphs);
  const bad = entries.find(([, { verdict }]) => !verdict.replaces);
  if (bad) return { replaces: false, reason: `${bad[0]}: ${bad[1].verdict.reason}` };
  // By name: that one is the same says nothing of another.
  const reasons = entries.map(([name, { verdict }]) => `${name}: ${verdict.reason}`);
  return { replaces: true, reason: reasons.join('; ') };
}

async function readCard(folder: string): Promise<ModelCard> {
  const path = join(folder, CARD_FILE);
  return parseCard(new TextDecoder().decode(await read(path)), path);
}

/** @throws LatentkitError `not-found`: what is not there is neither a file nor a folder */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw unread(path, 'an ONNX file, or a folder of a model', cause as Error);
  }
}

function unread(path: string, expected: string, cause: Error): LatentkitError {
  const { code } = cause as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'is not there' : `could not be read (${cause.message})`;
  return new LatentkitError('not-found', `${path} ${why}: ${expected} was expected.`, { cause });
}

/**
 * The bytes of a graph, with the weights that lie in files beside it. It is known that they can be read: of two files, an
 * error says which.
 */
async function readGraph(path: string): Promise<Uint8Array> {
  const bytes = await read(path);
  try {
    const { graph } = readModel(bytes);
    const isWhole = [...allTensors(graph)].every(({ external }) => external === undefined);
    return isWhole ? bytes : writeModel(await loadModelFile(path));
  } catch (cause) {
    const { message } = cause as Error;
    throw new LatentkitError(
      'invalid-data',
      `${path} is no ONNX model that can be read: ${message}`,
      { cause },
    );
  }
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readBytes(path);
  } catch (cause) {
    throw unread(path, 'a file of the model', cause as Error);
  }
}
