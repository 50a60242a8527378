import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  createRandom,
  type GraphName,
  LatentkitError,
  type ModelCard,
  type NamedTensors,
  type Tensor,
  tensor,
  validateCard,
} from '@latentkit/core';
import { checkOptions, GOLDEN_FILE, writeGolden } from '@latentkit/core/runtime';
import { createRunner } from '@latentkit/node';
import { type Model, writeModel } from '@latentkit/onnx';
import { loadModelFile } from '@latentkit/onnx/node';
import { makeFolder, writeFileWhole } from '@latentkit/system';
import { itemOf } from './item.ts';
import { openBatch } from './open-batch.ts';
import { parseImage } from './parse-image.ts';
import { renameValues } from './rename.ts';
import { decoderRoles, encoderRoles, type RoleMap } from './roles.ts';

export interface AdoptOptions {
  /** An ONNX file that makes latents of items. */
  readonly encoder: string;
  /** An ONNX file that makes items of latents. */
  readonly decoder: string;
  /** Height, width and channels: `'64x64x3'`. */
  readonly image: string;
  /** The folder that the model is written into. */
  readonly out: string;
  /** Names in the files by their role, where they do not say it themselves. */
  readonly map?: RoleMap | undefined;
  /** Smallest and largest value of an element; [0, 1] by default. 8-bit pixels fill it. */
  readonly range?: readonly [number, number] | undefined;
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

/** Ordinary golden rows; two at the ends of the range follow. */
const ORDINARY = 6;

/**
 * Makes a model of ONNX files from elsewhere: names their inputs and outputs as latentkit's, opens a fixed
 * batch where rows are proved not to depend on each other, and writes card and golden values (by ONNX Runtime
 * without optimisation) beside them. The golden items are what the decoder makes of draws from N(0, I).
 *
 * @throws ArgumentError that says what to map where names do not tell; LatentkitError `invalid-data` for graphs that
 *   do not fit each other or the picture; OnnxError for files that are no ONNX
 */
export async function adoptModel(options: AdoptOptions): Promise<Adoption> {
  checkOptions(options, '{ encoder, decoder, out }');
  const { map = {}, range = [0, 1], out } = options;
  const notes: string[] = [];
  const encoder = await loadModelFile(options.encoder);
  const decoder = await loadModelFile(options.decoder);
  const { x, mean, log_var } = encoderRoles(encoder, map);
  const { z, output, isLogits } = decoderRoles(decoder, map);
  dropOtherOutputs(encoder, [mean, log_var]);
  dropOtherOutputs(decoder, [output]);
  const kind = log_var === undefined ? 'point' : 'gaussian';
  const centre = kind === 'point' ? 'z' : 'mean';
  renameValues(
    encoder.graph,
    new Map([[x, 'x'], [mean, centre], ...(log_var ? [[log_var, 'log_var'] as const] : [])]),
  );
  renameValues(
    decoder.graph,
    new Map([
      [z, 'z'],
      [output, isLogits ? 'logits' : 'mean'],
    ]),
  );
  if (isLogits) addSigmoid(decoder);
  notes.push(
    `encoder: '${x}' is x, '${mean}' is ${centre}${log_var ? `, '${log_var}' is log_var` : ''}`,
  );
  notes.push(`decoder: '${z}' is z, '${output}' is ${isLogits ? 'logits' : 'mean'}`);
  for (const [what, model] of [
    ['encoder', encoder],
    ['decoder', decoder],
  ] as const) {
    if (await openBatch(model, what))
      notes.push(`${what}: a fixed batch was opened; rows come out as they do alone`);
  }
  const item = itemOf(encoder, parseImage(options.image), range, options.layout);
  const graphs = { encoder, decoder };
  const infos = await describe(graphs);
  const latent = { kind, size: sizeOfRow(infos.encoder.outputs, centre) };
  const golden = await makeGolden(graphs, item.range, latent.size, infos);
  const files: Record<string, Uint8Array> = {
    'encoder.onnx': writeModel(encoder),
    'decoder.onnx': writeModel(decoder),
    [GOLDEN_FILE]: writeGolden({ graphs: golden }),
  };
  const [low, high] = item.range;
  const card = validateCard({
    format: 1,
    name: options.name ?? out.split(/[\\/]/).filter(Boolean).at(-1) ?? 'model',
    family: kind === 'point' ? 'ae' : 'vae',
    item,
    preprocessing: { scale: (high - low) / 255, offset: low },
    likelihood: likelihoodOf(item.range, golden.decoder.outputs['mean'] as Tensor),
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
      engine: encoder.producerName || 'unknown',
      tools: encoder.producerVersion ? { [encoder.producerName]: encoder.producerVersion } : {},
    },
    tolerance: { cpu: 1e-4, wasm: 1e-4, webgpu: 1e-3 },
  });
  await makeFolder(out);
  for (const [file, bytes] of Object.entries(files)) await writeFileWhole(join(out, file), bytes);
  // Last: a folder without a card is no model.
  await writeFileWhole(join(out, 'model.json'), `${JSON.stringify(card, null, 2)}\n`);
  return { card, notes };
}

/** Decoded means that stay between 0 and 1 are probabilities; of others nothing is known but that they are means. */
function likelihoodOf([low, high]: readonly [number, number], { data }: Tensor) {
  const isProbability = (data as Float32Array).every((value) => value >= 0 && value <= 1);
  return low === 0 && high === 1 && isProbability
    ? ({ kind: 'bernoulli' } as const)
    : ({ kind: 'gaussian', sigma: 1 } as const);
}

function dropOtherOutputs({ graph }: Model, kept: readonly (string | undefined)[]): void {
  graph.outputs = graph.outputs.filter(({ name }) => kept.includes(name));
}

/** Decoders give means as well as logits. */
function addSigmoid({ graph }: Model): void {
  const [logits] = graph.outputs;
  graph.nodes.push({
    name: 'mean',
    opType: 'Sigmoid',
    domain: '',
    inputs: ['logits'],
    outputs: ['mean'],
    attributes: new Map(),
    docString: '',
  });
  if (logits) graph.outputs.push({ ...structuredClone(logits), name: 'mean' });
}

type Infos = Record<
  'encoder' | 'decoder',
  Pick<ModelCard['graphs']['encoder'], 'inputs' | 'outputs'>
>;

/** Inputs and outputs as ONNX Runtime has them, sizes that it does not know taken from a run. */
async function describe(graphs: Record<'encoder' | 'decoder', Model>): Promise<Infos> {
  const entries = Object.entries(graphs).map(async ([graph, model]) => {
    const runner = await createRunner(writeModel(model), { threads: 1 });
    try {
      const inputs = runner.inputs.map(({ name, dtype, shape }) => ({
        name,
        dtype,
        shape: ['batch', ...shape.slice(1)],
      }));
      const zeros = Object.fromEntries(
        inputs.map(({ name, shape }) => [name, zero(shape.slice(1) as number[])]),
      );
      const outputs = Object.entries(await runner.run(zeros)).map(([name, { dtype, dims }]) => ({
        name,
        dtype,
        shape: ['batch', ...dims.slice(1)],
      }));
      return [graph, { inputs, outputs }];
    } finally {
      await runner.dispose();
    }
  });
  return Object.fromEntries(await Promise.all(entries)) as Infos;
}

function zero(row: readonly number[]): Tensor {
  if (!row.every((dim) => typeof dim === 'number')) {
    throw new LatentkitError(
      'invalid-data',
      `An input has open dimensions beside the batch: [${row.join(', ')}]. Export the model for one size of items.`,
    );
  }
  return tensor(new Float32Array(row.reduce((product, dim) => product * dim, 1)), [1, ...row]);
}

function sizeOfRow(infos: Infos['encoder']['outputs'], name: string): number {
  const { shape = [] } = infos.find((info) => info.name === name) ?? {};
  return (shape.slice(1) as number[]).reduce((product, dim) => product * dim, 1);
}

async function makeGolden(
  graphs: Record<'encoder' | 'decoder', Model>,
  [low, high]: readonly [number, number],
  latentSize: number,
  infos: Infos,
): Promise<
  Record<GraphName & ('encoder' | 'decoder'), { inputs: NamedTensors; outputs: NamedTensors }>
> {
  const rows = ORDINARY + 2;
  const draws = createRandom(0, 'adopt golden').fillNormal(new Float32Array(rows * latentSize));
  draws.fill(0, ORDINARY * latentSize, (ORDINARY + 1) * latentSize);
  const [z] = infos.decoder.inputs;
  const zRow = (z?.shape ?? []).slice(1) as number[];
  const decoder = await run(graphs.decoder, { z: tensor(draws, [rows, ...zRow]) });
  const xRow = (infos.encoder.inputs[0]?.shape ?? []).slice(1) as number[];
  const size = xRow.reduce((product, dim) => product * dim, 1);
  const decoded = decoder.outputs['mean']?.data as Float32Array;
  if (decoded.length !== rows * size) {
    throw new LatentkitError(
      'invalid-data',
      `The decoder gives ${decoded.length / rows} elements an item, the encoder takes ${size}: they do not belong together.`,
    );
  }
  const items = decoded.map((value) => Math.min(high, Math.max(low, value)));
  items.fill(low, ORDINARY * size, (ORDINARY + 1) * size);
  items.fill(high, (ORDINARY + 1) * size);
  return { encoder: await run(graphs.encoder, { x: tensor(items, [rows, ...xRow]) }), decoder };
}

async function run(model: Model, inputs: NamedTensors) {
  const runner = await createRunner(writeModel(model), { threads: 1, optimization: 'disabled' });
  try {
    return { inputs, outputs: await runner.run(inputs) };
  } finally {
    await runner.dispose();
  }
}

function fileCard(file: string, files: Readonly<Record<string, Uint8Array>>) {
  const bytes = files[file] as Uint8Array;
  return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
