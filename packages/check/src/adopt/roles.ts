import { ArgumentError } from '@latentkit/core';
import type { Model, ValueInfo } from '@latentkit/onnx';

/** What a value of a graph from elsewhere is for, by the name that latentkit's graphs give it. */
export type Role = 'x' | 'mean' | 'log_var' | 'z' | 'logits' | 'reconstruction';

/** Names in the files by their role, where they were given: `{ mean: 'output_0' }`. */
export type RoleMap = Readonly<Partial<Record<Role, string>>>;

/** Names that people give to what has the role. */
const CUSTOMARY: Readonly<Record<Role, RegExp>> = {
  x: /^(x|input|inputs|image|images|pixel_values)\b/i,
  mean: /^(mean|mu|loc|z_mean|embedding|embeddings|embed)$/i,
  log_var: /^(log_?var(iance)?|z_log_?var|logvar)$/i,
  z: /^(z|latent|latents|code|embedding|embeddings)$/i,
  logits: /logits?$/i,
  reconstruction: /^(mean|recon\w*|x_?hat|x_?recon\w*|output|image|images|decoded)$/i,
};

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
  if (!x) throw ask('x', inputs, 'the input that takes items');
  const mean = given(map, 'mean', outputs) ?? customary('mean', outputs) ?? only(outputs);
  if (!mean) throw ask('mean', outputs, 'the mean of the posterior, or the embedding');
  const logVar = given(map, 'log_var', outputs) ?? customary('log_var', outputs);
  const others = outputs.filter(({ name }) => name !== mean);
  if (!logVar && others.length > 0 && map.mean === undefined) {
    throw ask(
      'log_var',
      others,
      'ln σ² of the posterior (or give --map mean=… alone: then the mean is an embedding)',
    );
  }
  return { x, mean, log_var: logVar };
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

/** Inputs that must be fed: one that names a constant has it as its default. */
function feedsOf({ graph }: Model): ValueInfo[] {
  return graph.inputs.filter(({ name }) => !graph.initializers.has(name));
}

function given(map: RoleMap, role: Role, infos: readonly ValueInfo[]): string | undefined {
  const name = map[role];
  if (name === undefined) return undefined;
  if (infos.some((info) => info.name === name)) return name;
  throw new ArgumentError(`map ${role}`, `one of ${names(infos)}`, name);
}

function only(infos: readonly ValueInfo[]): string | undefined {
  return infos.length === 1 ? infos[0]?.name : undefined;
}

function customary(role: Role, infos: readonly ValueInfo[]): string | undefined {
  return only(infos.filter(({ name }) => CUSTOMARY[role].test(name)));
}

function ask(role: Role, infos: readonly ValueInfo[], what: string): ArgumentError {
  return new ArgumentError('map', `--map ${role}=NAME: ${what}, one of ${names(infos)}`, undefined);
}

function names(infos: readonly ValueInfo[]): string {
  return infos.map(({ name }) => `'${name}'`).join(', ') || 'none';
}
