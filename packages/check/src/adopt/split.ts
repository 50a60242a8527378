import { ArgumentError, LatentkitError, sizeOf } from '@latentkit/core';
import type { Model, Node, ValueInfo, ValueType } from '@latentkit/onnx';
import { ask, customary, decoderRoles, encoderRoles, type RoleMap } from './roles.ts';
import { behind, cut } from './surgery/cut.ts';
import { type Freed, freeSizes, rowsOf } from './surgery/free-sizes.ts';

/** An encoder and a decoder that were one graph, and what their values are there. */
export interface Halves {
  readonly encoder: Model;
  readonly decoder: Model;
  readonly map: RoleMap & { readonly z: string };
}

/** A file that may hold both halves, ready to be split. */
export function openWhole(model: Model, map: RoleMap): Freed {
  return freeSizes(model, map.x ?? onlyInput(model));
}

/**
 * The output of a graph that has as many elements a row as the one input: such a graph decodes as well. Of several, such as
 * a map of errors beside it, the one that is called so, or that alone is made of fewer numbers.
 *
 * @throws ArgumentError where neither tells
 */
export function reconstructionOf(whole: Freed, map: RoleMap): ValueInfo | undefined {
  const { model, types } = whole;
  const { inputs, outputs, initializers } = model.graph;
  if (map.reconstruction) {
    const { output } = decoderRoles(model, { reconstruction: map.reconstruction });
    return outputs.find(({ name }) => name === output);
  }
  const [x, ...others] = inputs.filter(({ name }) => !initializers.has(name));
  const size = x && rowSize(x.type);
  if (!x || size === undefined || others.length > 0) return undefined;
  // Exporters name sizes that follow from others: what is declared may say less than the graph.
  const given = ({ name, type }: ValueInfo) => rowSize(types.get(name) ?? type);
  const same = outputs.filter((output) => output.name !== map.mean && given(output) === size);
  const [only, ...more] = same;
  if (more.length === 0) return only;
  const called = customary('reconstruction', same);
  if (called) return same.find(({ name }) => name === called);
  const [decoded, ...further] = same.filter(({ name }) => {
    const isBetween = betweenOf(whole, x.name, name);
    return [...types].some(([value, type]) => (rowSize(type) ?? size) < size && isBetween(value));
  });
  if (further.length === 0) return decoded;
  throw ask('reconstruction', same, 'the output that gives items');
}

/** Says of a value whether all that is decoded comes from it and the number of rows, and no noise joins it later. */
function betweenOf({ model: { graph }, rows }: Freed, x: string, decoded: string) {
  const isRandom = ({ opType }: Node) => /^(Random|Bernoulli)/.test(opType);
  const known = rows ? [rows.count] : [];
  return (name: string): boolean => {
    const { nodes, reached } = behind(graph, [decoded], new Set([name, ...known]));
    return nodes.length > 0 && !reached.has(x) && !nodes.some(isRandom);
  };
}

/**
 * Splits a graph that encodes and decodes at its latent: the first value of the embedding's size that everything
 * on the way from the items to what is decoded goes through. What is drawn on the way to it stays out of both halves.
 *
 * @throws ArgumentError where it, or the mean, is not told; LatentkitError `invalid-data` where there is none
 */
export function splitAtLatent(whole: Freed, reconstruction: ValueInfo, map: RoleMap): Halves {
  const { model, types } = whole;
  const { graph } = model;
  const info = (name: string): ValueInfo => {
    const known = [...graph.inputs, ...graph.outputs].find((each) => each.name === name);
    const type = types.get(name) ?? known?.type;
    if (type) return { name, type, docString: '' };
    throw new ArgumentError('map', `the name of a value of the file`, name);
  };
  const outputs = graph.outputs.filter((output) => output !== reconstruction);
  const isNamed = outputs.length > 0 || map.mean !== undefined;
  const roles = isNamed ? encoderRoles({ ...model, graph: { ...graph, outputs } }, map) : undefined;
  const x = roles?.x ?? onlyInput(model);
  const isBetween = betweenOf(whole, x, reconstruction.name);
  const made = graph.nodes.flatMap((node) => node.outputs);
  const sizeAt = (name: string) => {
    const type = types.get(name);
    return type && rowSize(type);
  };
  const askZ = () => {
    const item = sizeAt(x) ?? 0;
    const narrow = made.filter((name) => (sizeAt(name) ?? item) < item && isBetween(name));
    return askLatent(reconstruction.name, map.z, narrow, (name) => sizeAt(name) as number);
  };
  // Where only what is decoded is an output, the value between the halves is the code.
  const mean = roles?.mean ?? map.z;
  if (mean === undefined) throw askZ();
  const log_var = roles?.log_var;
  const size = rowSize(info(mean).type);
  const z =
    map.z ?? made.find((name) => size !== undefined && sizeAt(name) === size && isBetween(name));
  if (z === undefined || !isBetween(z)) throw askZ();
  const encoded = log_var ? [info(mean), info(log_var)] : [info(mean)];
  return {
    encoder: cut(model, [info(x)], encoded),
    decoder: cut(rowsOf(whole, z), [info(z)], [reconstruction]),
    map: {
      x,
      mean,
      z,
      ...(log_var ? { log_var } : {}),
      ...(map.logits ? { logits: map.logits } : {}),
    },
  };
}

function onlyInput({ graph }: Model): string {
  return graph.inputs.find(({ name }) => !graph.initializers.has(name))?.name ?? '';
}

/** Values that are offered as a latent. */
const OFFERED = 8;

/**
 * What to say where the latent is not told.
 *
 * @param narrow values that all that is decoded comes from, and which hold fewer numbers than an item
 */
function askLatent(
  decoded: string,
  wished: string | undefined,
  narrow: readonly string[],
  sizeAt: (name: string) => number,
): LatentkitError {
  if (narrow.length === 0) {
    return new LatentkitError(
      'invalid-data',
      `The file gives '${decoded}', which has as many numbers as an item, but holds nowhere before it all that it is made ` +
        'of in fewer numbers: it is no autoencoder (the skip connections of a U-Net go past its middle), or its latent ' +
        'is as large as an item. Export the part that encodes as a file of its own, or encoder and decoder as two files.',
    );
  }
  // Of a chain of one size, the first: what follows only changes its form, or is decoding.
  const first = narrow.filter(
    (name, i) => narrow.findIndex((each) => sizeAt(each) === sizeAt(name)) === i,
  );
  const smallest = first.sort((a, b) => sizeAt(a) - sizeAt(b)).slice(0, OFFERED);
  const offered = smallest.map((name) => `'${name}' (${sizeAt(name)} numbers an item)`).join(', ');
  return new ArgumentError(
    'map',
    `--map z=NAME: the value between encoder and decoder, which all that is decoded comes from, such as ${offered} (a ` +
      'viewer such as Netron shows the names); or export encoder and decoder as two files',
    wished ?? 'no z, and names that do not tell it',
  );
}

/** Elements a row, where all sizes are known. */
export function rowSize(type: ValueType): number | undefined {
  if (type.kind !== 'tensor' || !type.shape || type.shape.length < 2) return undefined;
  const [, ...row] = type.shape;
  return row.every((dim) => typeof dim === 'number') ? sizeOf(row as number[]) : undefined;
}
