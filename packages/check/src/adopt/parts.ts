import { ArgumentError, LatentkitError, sizeOf } from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';
import {
  inferShapes,
  type Model,
  OnnxError,
  type ValueInfo,
  type ValueType,
} from '@latentkit/onnx';
import { loadModelFile } from '@latentkit/onnx/node';
import { type CodeParts, giveCodes, isIndices, splitCodebook } from './codes.ts';
import { parseImage } from './parse-image.ts';
import { refuseIntegers } from './refuse-unfit.ts';
import { codeRoles, decoderRoles, encoderRoles, isSpread, type RoleMap } from './roles.ts';
import { openWhole, reconstructionOf, splitAtLatent } from './split.ts';
import { cut } from './surgery/cut.ts';
import { renameValues } from './surgery/rename.ts';
import { splitMoments } from './surgery/split-moments.ts';

/** Graphs with latentkit's names for their inputs and outputs. */
export interface Parts {
  readonly kind: 'gaussian' | 'point' | 'codes';
  /** What a whole model of these is called. */
  readonly family: 'vae' | 'ae' | 'vq-vae';
  readonly encoder: Model;
  readonly decoder?: Model | undefined;
  readonly codes?: CodeParts | undefined;
}

interface Files {
  readonly encoder: string;
  readonly decoder?: string | undefined;
  /** Height, width and channels of an item: `'64x64x3'`. */
  readonly image: string;
}

/**
 * Reads the files and names what is in them. One file that decodes as well as it encodes is split at its latent.
 *
 * @throws ArgumentError that says what to map where names do not tell; LatentkitError `invalid-data`; OnnxError
 */
export async function readParts(
  { encoder, decoder, image }: Files,
  map: RoleMap,
  notes: string[],
): Promise<Parts> {
  const first = await read(encoder);
  const second = decoder === undefined ? undefined : await read(decoder);
  refuseOrder({ encoder, decoder, image }, first, second);
  refuseIntegers(first);
  const whole = second ? undefined : openWhole(first, map);
  const decoded = whole && reconstructionOf(whole, map);
  if (decoded) {
    const halves = splitAtLatent(whole, decoded, map);
    notes.push(`the file encodes and decodes: it is split at '${halves.map.z}'`);
    return named(halves.encoder, halves.decoder, halves.map, notes);
  }
  return named(first, second, map, notes);
}

/** Refuses files that stand where the other was to stand: a mistake that sizes tell. */
function refuseOrder(
  { encoder, decoder, image }: Files,
  first: Model,
  second: Model | undefined,
): void {
  const size = sizeOf(parseImage(image));
  if (inputSize(first) !== size) {
    const wanted = `a file that takes items of ${image}`;
    if (second && inputSize(second) === size) {
      const swapped = `as the decoder, ${decoder}, does (are the two swapped?)`;
      throw new ArgumentError('encoder', `${wanted}, ${swapped}`, encoder);
    }
    if (!second && outputSizes(first).includes(size)) {
      const lone = 'which this one gives (name the encoder, and the decoder after it)';
      throw new ArgumentError('encoder', `${wanted}, ${lone}`, encoder);
    }
  } else if (
    second &&
    inputSize(second) === size &&
    outputSizes(second).every((given) => given !== undefined && given !== size)
  ) {
    const encodes = 'which this one takes (leave it out, or name the decoder)';
    throw new ArgumentError('decoder', `a file that gives items of ${image}, ${encodes}`, decoder);
  }
}

/** A model file; a fault of it is told with its name. */
async function read(path: string): Promise<Model> {
  try {
    return await loadModelFile(path);
  } catch (error) {
    if (!OnnxError.isInstance(error) || error.message.includes(path)) throw error;
    throw new OnnxError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** Elements of a row of the first input; undefined where its sizes are open. */
function inputSize({ graph }: Model): number | undefined {
  return rowSize(graph.inputs.find(({ name }) => !graph.initializers.has(name))?.type);
}

/** Elements of a row of each output. */
function outputSizes({ graph }: Model): (number | undefined)[] {
  return graph.outputs.map(({ type }) => rowSize(type));
}

function rowSize(type: ValueType | undefined): number | undefined {
  const row = type?.kind === 'tensor' ? type.shape?.slice(1) : undefined;
  return row?.every((dim) => typeof dim === 'number') ? sizeOf(row) : undefined;
}

/** @throws LatentkitError `invalid-data` for an embedding of no numbers, by the name that it has in the file */
function refuseEmpty(encoder: Model, mean: string): void {
  const type = inferShapes(encoder).types.get(mean);
  if (type?.kind !== 'tensor' || rowSize(type) !== 0) return;
  const shape = type.shape?.map((dim) => dim ?? '?').join(', ');
  throw new LatentkitError(
    'invalid-data',
    `The encoder gives no numbers an item as '${mean}', whose shape is [${shape}]: there is nothing to embed with. Export ` +
      'it with a latent of 1 or more, or say with --map mean=NAME which output is meant.',
  );
}

const NO_DECODER =
  'no decoder: the model embeds, and does nothing else (where the file decodes too, --map reconstruction=NAME says ' +
  'which output gives items)';

async function named(
  encoder: Model,
  decoder: Model | undefined,
  map: RoleMap,
  notes: string[],
): Promise<Parts> {
  const coded = decoder && codeRoles(encoder, map);
  if (coded) return namedCodes(encoder, decoder, coded, map, notes);
  const moments = map.mean === undefined ? dividedMoments(encoder, decoder, map) : undefined;
  if (moments) {
    notes.push(
      `encoder: '${moments.name}' holds mean and log_var, and was divided along dimension ${moments.axis}`,
    );
    return named(moments.encoder, decoder, map, notes);
  }
  const { x, mean, log_var } = encoderRoles(encoder, map);
  refuseEmpty(encoder, mean);
  if (log_var !== undefined && isSpread(log_var)) {
    notes.push(
      `encoder: '${log_var}' is taken for ln σ², as --map says; its name says that it is none. Of a deviation draws would be ` +
        'wrong by an exponential: export 2 · ln σ instead, or check --map',
    );
  }
  const what =
    log_var === undefined
      ? ({ kind: 'point', family: 'ae' } as const)
      : ({ kind: 'gaussian', family: 'vae' } as const);
  const centre = definitionOf(what).centreOutput;
  const given = { x, [centre]: mean, ...(log_var ? { log_var } : {}) };
  const parts = { ...what, encoder: keep('encoder', encoder, [x], given, notes) };
  if (!decoder) {
    notes.push(NO_DECODER);
    return parts;
  }
  return { ...parts, decoder: namedDecoder(decoder, map, 'z', notes) };
}

/** An encoder that gives mean and ln σ² as one output, and a decoder that takes half of it. */
function dividedMoments(encoder: Model, decoder: Model | undefined, map: RoleMap) {
  if (!decoder) return undefined;
  const { z } = decoderRoles(decoder, map);
  return splitMoments(
    encoder,
    decoder.graph.inputs.find(({ name }) => name === z),
  );
}

function namedDecoder(decoder: Model, map: RoleMap, input: string, notes: string[]): Model {
  const { z, output, isLogits } = decoderRoles(decoder, map);
  const given = { [input]: z, [isLogits ? 'logits' : 'mean']: output };
  const kept = keep('decoder', decoder, [z], given, notes);
  if (isLogits) addSigmoid(kept);
  return kept;
}

async function namedCodes(
  encoder: Model,
  decoder: Model,
  { x, indices, z_e }: NonNullable<ReturnType<typeof codeRoles>>,
  map: RoleMap,
  notes: string[],
): Promise<Parts> {
  const { z, output } = decoderRoles(decoder, map);
  const taken = decoder.graph.inputs.find(({ name }) => name === z) as ValueInfo;
  const made = decoder.graph.outputs.find(({ name }) => name === output) as ValueInfo;
  if (!isIndices(taken)) {
    throw new LatentkitError(
      'invalid-data',
      `The encoder gives indices ('${indices}'), the decoder takes vectors ('${z}'). Export a decoder that takes the ` +
        'indices and looks up the entries of the codebook itself.',
    );
  }
  const codes = await splitCodebook(decoder, taken, made);
  const [between] = codes.codebook.graph.outputs;
  const quantised = between?.name ?? '';
  const kept = keep('encoder', encoder, [x], { x, indices, ...(z_e ? { z_e } : {}) }, notes);
  giveCodes(kept, codes, z_e !== undefined);
  if (!z_e)
    notes.push(
      'encoder: it gives no vectors of its own; embeddings are the entries that its indices name',
    );
  const { grid, codes: count, dim } = codes;
  notes.push(
    `decoder: split where '${z}' are looked up, ${grid.join(' × ')} codes out of ${count}, of ${dim} dimensions`,
  );
  renameValues(
    codes.codebook.graph,
    new Map([
      [z, 'indices'],
      [quantised, 'z_q'],
    ]),
  );
  const rest = namedDecoder(codes.decoder, { ...map, z: quantised }, 'z_q', notes);
  return { kind: 'codes', family: 'vq-vae', encoder: kept, decoder: rest, codes };
}

/** The part of a graph that has the roles, with their names; what else it gives is left out, and said. */
function keep(
  what: string,
  model: Model,
  inputs: readonly string[],
  roles: Readonly<Record<string, string>>,
  notes: string[],
): Model {
  const { graph } = model;
  const wanted = Object.values(roles).filter((name) => !inputs.includes(name));
  const info = (name: string): ValueInfo =>
    [...graph.inputs, ...graph.outputs].find((each) => each.name === name) ??
    graph.valueInfo.get(name) ?? {
      name,
      type: { kind: 'tensor', dtype: 'float32', shape: null },
      docString: '',
    };
  const part = cut(model, inputs.map(info), wanted.map(info));
  const told = Object.entries(roles).map(([role, name]) => `'${name}' is ${role}`);
  notes.push(`${what}: ${told.join(', ')}`);
  const dropped = graph.outputs.filter(({ name }) => !wanted.includes(name));
  if (dropped.length > 0) {
    notes.push(`${what}: ${dropped.map(({ name }) => `'${name}'`).join(', ')} left out`);
  }
  renameValues(part.graph, new Map(Object.entries(roles).map(([role, name]) => [name, role])));
  return part;
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
