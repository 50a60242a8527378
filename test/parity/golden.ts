import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type GoldenGraph,
  type GraphName,
  loadCard,
  loadGolden,
  type ModelCard,
  type NamedTensors,
  parseCard,
  type Tensor,
} from '@latentkit/node';

export const MODELS = resolve(__dirname, '../../models');

/** Every model of the repository that came with golden values from tfjs. */
export const MODEL_NAMES: readonly string[] = readdirSync(MODELS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** The first model of each kind of latent, with a condition or without. */
export const ONE_A_KIND: readonly string[] = MODEL_NAMES.filter((name, at) => {
  const kindOf = (of: string) => {
    const { latent, condition } = parseCard(readFileSync(join(MODELS, of, 'model.json'), 'utf8'));
    return `${latent.kind}${condition ? ', conditional' : ''}`;
  };
  return MODEL_NAMES.findIndex((other) => kindOf(other) === kindOf(name)) === at;
});

/** The rows of a graph's inputs that one run takes, and what tfjs made of them. */
export interface Case {
  readonly batch: number;
  readonly feeds: NamedTensors;
  readonly expected: NamedTensors;
}

export interface GraphUnderTest {
  readonly name: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly cases: readonly Case[];
}

/** One, two, an odd number, and all of the rows, each kind over every row. */
const BATCHES = [1, 2, 3, Number.POSITIVE_INFINITY];

/** @param folder a model's folder */
export async function readModel(
  folder: string,
): Promise<{ card: ModelCard; graphs: readonly GraphUnderTest[] }> {
  const card = await loadCard(folder);
  const golden = await loadGolden(folder);
  const graphs = await Promise.all(
    Object.entries(golden.graphs).map(async ([name, graph]) => {
      const file = card.graphs[name as GraphName]?.files.fp32.file as string;
      return { name, file, bytes: await readFile(join(folder, file)), cases: casesOf(graph) };
    }),
  );
  return { card, graphs };
}

function casesOf({ inputs, outputs }: GoldenGraph): Case[] {
  const rows = Object.values(outputs)[0]?.dims[0] ?? 0;
  return BATCHES.flatMap((batch) => {
    const size = Math.min(batch, rows);
    return Array.from({ length: Math.ceil(rows / size) }, (_, i) => {
      const slice = (tensors: NamedTensors) =>
        Object.fromEntries(
          Object.entries(tensors).map(([name, tensor]) => [
            name,
            // A tensor without a row for each item (a temperature) goes into every run whole.
            tensor.dims[0] === rows ? takeRows(tensor, i * size, size) : tensor,
          ]),
        );
      return { batch, feeds: slice(inputs), expected: slice(outputs) };
    });
  });
}

function takeRows({ dtype, dims, data }: Tensor, from: number, count: number): Tensor {
  const [rows = 1, ...rest] = dims;
  const width = data.length / rows;
  const taken = data.slice(from * width, (from + count) * width);
  return { dtype, dims: [taken.length / width, ...rest], data: taken } as Tensor;
}
