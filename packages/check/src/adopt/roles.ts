import { ArgumentError } from '@latentkit/core';
import type { Model, ValueInfo, ValueType } from '@latentkit/onnx';
import { isIndices } from './codes.ts';

/** What a value of a graph from elsewhere is for, by the name that latentkit's graphs give it. */
export const ROLES = [
  'x',
  'mean',
  'log_var',
  'indices',
  'z_e',
  'z',
  'logits',
  'reconstruction',
] as const;

export type Role = (typeof ROLES)[number];

/** Names in the files by their role, where they were given: `{ mean: 'output_0' }`. */
export type RoleMap = Readonly<Partial<Record<Role, string>>>;

/** Names that people give to what has the role. */
const CUSTOMARY: Readonly<Record<Role, RegExp>> = {
  x: /^(x|input|inputs|image|images|pixel_values)\b/i,
  mean: /^(mean|mu|loc|z_mean|embeddings?|embed)$/i,
  log_var: /^(z_)?log_?(var|variance|covariance|sigma2)$/i,
  indices: /^(indices|codes?|tokens|encoding_indices|ids)$/i,
  z_e: /^(z_e|ze|pre_?quant\w*)$/i,
  z: /^(z|z_q|latents?|codes?|indices|tokens|embeddings?)$/i,
  logits: /logits?$/i,
  reconstruction: /^(mean|recon\w*|x_?hat|x_?recon\w*|output|image|images|decoded)$/i,
};

/** Names of a posterior's spread that is not ln σ²: taken for it, it would be wrong by an exponential. */
const SPREADS = /^(z_|log_?)*(sigma|std|std_?dev|stddev|scale|var|variance)$/i;

/** What stands for the embedding where nothing is called a mean: features of a classifier, the code of an autoencoder. */
const EMBEDDINGS = /^(z|latents?|features?|pooled|pooler_output|image_embeds?|last_hidden_state)$/i;

export interface EncoderRoles {
  readonly x: string;
  /** The mean of a gaussian, or the code of a point. */
  readonly mean: string;
  /** Absent for a point. */
  readonly log_var?: string | undefined;
}

export interface DecoderRoles {
  readonly z: string;
  /** What gives items, or their logits. */
  readonly output: string;
  readonly isLogits: boolean;
}

/** @throws ArgumentError that lists what there is, where names and sizes do not say what is what */
export function encoderRoles(model: Model, map: RoleMap): EncoderRoles {
  const inputs = feedsOf(model);
  const { outputs } = model.graph;
  const x = given(map, 'x', inputs) ?? only(inputs) ?? customary('x', inputs);
  if (!x) throw ask('x', inputs, ITEMS);
  const mean =
    given(map, 'mean', valuesOf(model)) ??
    customary('mean', outputs) ??
    only(outputs) ??
    only(outputs.filter(({ name }) => EMBEDDINGS.test(name)));
  if (!mean) throw ask('mean', outputs, 'the mean of the posterior, or the embedding');
  const rest = outputs.filter(({ name }) => name !== mean);
  const logVar = given(map, 'log_var', valuesOf(model)) ?? customary('log_var', rest);
  if (logVar === mean) throw new ArgumentError('map log_var', 'another value than the mean', mean);
  const others = rest.filter(({ type }) => isVector(type));
  const isNamed = EMBEDDINGS.test(mean) || map.mean !== undefined;
  if (!logVar && others.length > 0 && !isNamed) {
    throw askLogVar(others);
  }
  return { x, mean, log_var: logVar };
}

const ITEMS =
  'the input that takes items (a graph with a further one, such as the step of a diffusion, is to be exported with it ' +
  'fixed)';

/** The outputs of an encoder of codes: indices, and the vectors before they were replaced by entries. */
export function codeRoles(
  model: Model,
  map: RoleMap,
): { readonly x: string; readonly indices: string; readonly z_e?: string | undefined } | undefined {
  const inputs = feedsOf(model);
  const { outputs } = model.graph;
  const integers = outputs.filter(isIndices);
  const indices =
    given(map, 'indices', outputs) ?? customary('indices', integers) ?? only(integers);
  if (!indices) return undefined;
  const x = given(map, 'x', inputs) ?? only(inputs) ?? customary('x', inputs);
  if (!x) throw ask('x', inputs, ITEMS);
  const z_e = given(map, 'z_e', valuesOf(model)) ?? customary('z_e', outputs);
  return { x, indices, z_e };
}

/** @throws ArgumentError that lists what there is, where names do not say what is what */
export function decoderRoles(model: Model, map: RoleMap): DecoderRoles {
  const inputs = feedsOf(model);
  const { outputs } = model.graph;
  const z = given(map, 'z', inputs) ?? only(inputs) ?? customary('z', inputs);
  if (!z) throw ask('z', inputs, 'the input that takes latents');
  const logits = given(map, 'logits', outputs) ?? customary('logits', outputs);
  const items = given(map, 'reconstruction', outputs) ?? customary('reconstruction', outputs);
  const output = items ?? logits ?? only(outputs);
  if (!output) throw ask('reconstruction', outputs, 'the output that gives items');
  return { z, output, isLogits: !items && output === logits };
}

/** Values of the graph that may be named, outputs and those in its middle. */
function valuesOf({ graph }: Model): { readonly name: string }[] {
  return [
    ...graph.outputs,
    ...graph.nodes
      .flatMap(({ outputs }) => outputs.map((name) => ({ name })))
      .filter(({ name }) => !graph.outputs.some((output) => output.name === name)),
  ];
}

/** Whether an output may say something of each item: a loss has no rows. */
function isVector(type: ValueType): boolean {
  return type.kind !== 'tensor' || !type.shape || type.shape.length > 1;
}

/** Inputs that must be fed: one that names a constant has it as its default. */
function feedsOf({ graph }: Model): ValueInfo[] {
  return graph.inputs.filter(({ name }) => !graph.initializers.has(name));
}

function given(
  map: RoleMap,
  role: Role,
  infos: readonly { readonly name: string }[],
): string | undefined {
  const name = map[role];
  if (name === undefined) return undefined;
  if (infos.some((info) => info.name === name)) return name;
  throw new ArgumentError(`map ${role}`, `one of ${names(infos)}`, name);
}

function only(infos: readonly ValueInfo[]): string | undefined {
  return infos.length === 1 ? infos[0]?.name : undefined;
}

/** The one that people's names for the role tell. */
export function customary(role: Role, infos: readonly ValueInfo[]): string | undefined {
  return only(infos.filter(({ name }) => CUSTOMARY[role].test(name)));
}

/** What to map where names do not tell what has the role. */
export function ask(role: Role, infos: readonly ValueInfo[], what: string): ArgumentError {
  const wanted = `--map ${role}=NAME: ${what}, one of ${names(infos)}`;
  return new ArgumentError('map', wanted, `no ${role}, and names that do not tell it`);
}

/** Whether a name says that a value is a spread other than ln σ². */
export function isSpread(name: string): boolean {
  return SPREADS.test(name) && !CUSTOMARY.log_var.test(name);
}

/** A deviation is not offered as ln σ². */
function askLogVar(others: readonly ValueInfo[]): ArgumentError {
  const alone = 'give --map mean=NAME alone: then the mean is an embedding';
  const spreads = others.filter(({ name }) => isSpread(name));
  const offered = others.filter((info) => !spreads.includes(info));
  if (spreads.length === 0) return ask('log_var', others, `ln σ² of the posterior (or ${alone})`);
  const known = offered.length === 0 ? '' : `, or --map log_var=NAME, one of ${names(offered)}`;
  return new ArgumentError(
    'map',
    `ln σ² of the posterior: export it as log_var beside the mean (of a deviation 2 · ln σ, of its logarithm twice that, of a variance the logarithm)${known}; or ${alone}`,
    `no log_var, and ${names(spreads)}, which the name says is no ln σ²`,
  );
}

function names(infos: readonly { readonly name: string }[]): string {
  return (
    infos
      .slice(0, 20)
      .map(({ name }) => `'${name}'`)
      .join(', ') || 'none'
  );
}
