import { createHash } from 'node:crypto';
import {
  ArgumentError,
  LatentkitError,
  type ModelCard,
  type Tensor,
  validateCard,
} from '@latentkit/core';
import {
  checkChoice,
  checkOptions,
  checkText,
  definitionOf,
  GOLDEN_FILE,
  writeGolden,
} from '@latentkit/core/runtime';
import { type Model, writeModel } from '@latentkit/onnx';
import { makeGolden } from './golden/make-golden.ts';
import { type GraphInfo, graphInfo, sizeOfRow } from './graph-infos.ts';
import { itemOf } from './item.ts';
import { foldNormalisation, type Normalisation } from './normalise.ts';
import { openBatch } from './open-batch.ts';
import { parseImage } from './parse-image.ts';
import { type Parts, readParts } from './parts.ts';
import { refuseUnfit } from './refuse-unfit.ts';
import { ROLES, type RoleMap } from './roles.ts';
import { checkModelFolder, writeModelFolder } from './write-model-folder.ts';

export interface AdoptOptions {
  /** An ONNX file that makes latents of items, or one that decodes them again as well. */
  readonly encoder: string;
  /** An ONNX file that makes items of latents; without one the model embeds alone, or the first file decodes. */
  readonly decoder?: string | undefined;
  /** Height, width and channels: `'64x64x3'`. */
  readonly image: string;
  /** The folder that the model is written into. */
  readonly out: string;
  /** Names in the files by their role, where they do not say it themselves. */
  readonly map?: RoleMap | undefined;
  /** Smallest and largest value of an element; [0, 1] by default. 8-bit pixels fill it. */
  readonly range?: readonly [number, number] | undefined;
  /** What was subtracted from such values and divided by in training; it is taken into the graphs. */
  readonly normalise?: Normalisation | undefined;
  /** Order of the elements of a flat input; by default that of the decoder, or HWC. */
  readonly layout?: 'HWC' | 'CHW' | undefined;
  /** By default the name of the folder. */
  readonly name?: string | undefined;
}

export interface Adoption {
  readonly card: ModelCard;
  /** What was done to the graphs, and taken for granted, a line each. */
  readonly notes: readonly string[];
}

/**
 * Makes a model of ONNX files from elsewhere: names their inputs and outputs as latentkit's, opens a fixed
 * batch where rows are proved not to depend on each other, and writes card and golden values (by ONNX Runtime
 * without optimisation) beside them. A model that is in the folder already is replaced; other files in it stay.
 *
 * @throws ArgumentError that says what to map where names do not tell, or for a folder that holds something else than a
 *   model; LatentkitError `unwritable` for a folder that cannot be written, `invalid-data` for graphs that cannot be
 *   run, or do not fit each other or the picture; OnnxError for files that are no ONNX
 */
export async function adoptModel(options: AdoptOptions): Promise<Adoption> {
  checkOptions(options, "{ encoder: 'encoder.onnx', image: '64x64x3', out: 'models/mine' }");
  for (const name of ['encoder', 'image', 'out'] as const) checkText(name, options[name]);
  const { map = {}, range = [0, 1], out, normalise } = options;
  if (!(range[0] < range[1])) throw new ArgumentError('range', 'a low and a higher value', range);
  for (const role of Object.keys(map)) checkChoice('map', role, ROLES);
  await checkModelFolder(out);
  const notes: string[] = [];
  const parts = await readParts(options, map, notes);
  const graphs = graphsOf(parts);
  for (const [what, model] of Object.entries(graphs)) {
    refuseUnfit(model, what);
    if (await openBatch(model, what, parts.codes?.codes)) {
      notes.push(`${what}: a fixed batch was opened; rows come out as they do alone`);
    }
  }
  const item = itemOf(parts.encoder, parseImage(options.image), range, options.layout);
  if (normalise) {
    foldNormalisation(normalise, parts, item);
    notes.push(
      `the normalisation (x − ${normalise.mean.join(', ')}) / ${normalise.std.join(', ')} was taken into the graphs`,
    );
  }
  const infos = await infosOf(graphs);
  const latent = latentOf(parts, infos);
  const golden = await makeGolden({ graphs, infos, range: item.range, latent });
  const files = Object.fromEntries([
    ...Object.entries(graphs).map(([graph, model]) => [`${graph}.onnx`, writeModel(model)]),
    [GOLDEN_FILE, writeGolden(golden)],
  ]) as Record<string, Uint8Array>;
  const [low, high] = item.range;
  const { producerName, producerVersion } = parts.encoder;
  const card = validateCard({
    format: 1,
    name: options.name ?? out.split(/[\\/]/).filter(Boolean).at(-1) ?? 'model',
    family: parts.decoder ? parts.family : 'encoder',
    item,
    preprocessing: { scale: (high - low) / 255, offset: low },
    ...(parts.decoder
      ? { likelihood: likelihoodOf(item.range, golden.graphs.decoder?.outputs['mean']) }
      : {}),
    latent,
    graphs: Object.fromEntries(
      Object.entries(infos).map(([graph, info]) => [
        graph,
        { ...info, files: { fp32: fileCard(`${graph}.onnx`, files) } },
      ]),
    ),
    golden: fileCard(GOLDEN_FILE, files),
    metrics: [],
    provenance: {
      dataset: 'unknown',
      seed: 0,
      epochs: 0,
      objective: 'unknown',
      engine: producerName || 'unknown',
      tools: producerVersion ? { [producerName]: producerVersion } : {},
    },
    tolerance: { cpu: 1e-4, wasm: 1e-4, webgpu: 1e-3 },
  });
  await writeModelFolder(out, files, card);
  return { card, notes };
}

function graphsOf({ encoder, decoder, codes }: Parts): Record<string, Model> {
  return {
    encoder,
    ...(decoder ? { decoder } : {}),
    ...(codes ? { codebook: codes.codebook } : {}),
  };
}

type Infos = Readonly<Record<string, GraphInfo>>;

async function infosOf(graphs: Readonly<Record<string, Model>>): Promise<Infos> {
  const entries = Object.entries(graphs).map(
    async ([graph, model]) => [graph, await graphInfo(model)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

function latentOf({ kind, codes, decoder }: Parts, infos: Infos): ModelCard['latent'] {
  if (codes) {
    const { grid, codes: entries, dim } = codes;
    return { kind: 'codes', size: grid[0] * grid[1] * dim, grid, codes: entries, dim };
  }
  const { outputs = [] } = infos['encoder'] ?? {};
  const { centreOutput: centre, moments } = definitionOf({ kind });
  const size = sizeOfRow(outputs, centre);
  const taken = decoder ? sizeOfRow(infos['decoder']?.inputs ?? [], 'z') : size;
  const spread = moments ? sizeOfRow(outputs, 'log_var') : size;
  if (taken === size && spread === size) return { kind, size } as ModelCard['latent'];
  if (!moments && size === 2 * taken) {
    throw new LatentkitError(
      'invalid-data',
      `The encoder gives ${size} numbers an item as '${centre}', the decoder takes half as many, ${taken}. If they are a ` +
        'mean and its ln σ², export an encoder that gives them as two outputs, mean and log_var: of torch, ' +
        'parameters.chunk(2, dim=1); of a posterior of diffusers, posterior.mean and posterior.logvar.',
    );
  }
  throw new LatentkitError(
    'invalid-data',
    `The encoder gives ${size} numbers an item as '${centre}'${spread === size ? '' : ` and ${spread} as 'log_var'`}, ` +
      `the decoder takes ${taken}: say with --map which outputs and inputs are meant.`,
  );
}

/** Decoded means that stay between 0 and 1 are probabilities; of others nothing is known but that they are means. */
function likelihoodOf([low, high]: readonly [number, number], mean: Tensor | undefined) {
  const isProbability = [...((mean?.data ?? []) as Float32Array)].every(
    (value) => value >= 0 && value <= 1,
  );
  return low === 0 && high === 1 && isProbability
    ? ({ kind: 'bernoulli' } as const)
    : ({ kind: 'gaussian', sigma: 1 } as const);
}

function fileCard(file: string, files: Readonly<Record<string, Uint8Array>>) {
  const bytes = files[file] as Uint8Array;
  return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
