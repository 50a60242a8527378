import { ArgumentError, sizeOf } from '@latentkit/core';
import { inferShapes, type Model, type ValueInfo, type ValueType } from '@latentkit/onnx';
import { decoderRoles, type EncoderRoles, encoderRoles, type RoleMap } from './roles.ts';
import { behind, cut } from './surgery/cut.ts';

/** An encoder and a decoder that were one graph, and what their values are there. */
export interface Halves {
  readonly encoder: Model;
  readonly decoder: Model;
  readonly map: RoleMap & { readonly z: string };
}

/** The output of a graph that has as many elements a row as the one input: such a graph decodes as well. */
export function reconstructionOf(model: Model, map: RoleMap): ValueInfo | undefined {
  const { inputs, outputs, initializers } = model.graph;
  if (map.reconstruction) {
    const { output } = decoderRoles(model, { reconstruction: map.reconstruction });
    return outputs.find(({ name }) => name === output);
  }
  const [x, ...others] = inputs.filter(({ name }) => !initializers.has(name));
  const size = x && rowSize(x.type);
  if (size === undefined || others.length > 0) return undefined;
  const { types } = inferShapes(model);
  // Exporters name sizes that follow from others: what is declared may say less than the graph.
  const given = ({ name, type }: ValueInfo) => rowSize(types.get(name) ?? type);
  const same = outputs.filter((output) => output.name !== map.mean && given(output) === size);
  return same.length === 1 ? same[0] : undefined;
}

/**
 * Splits a graph that encodes and decodes at its latent: the first value of the embedding's size that everything
 * on the way from the items to what is decoded goes through. What is drawn on the way to it stays out of both halves.
 *
 * @throws ArgumentError where there is none, or the mean is not told
 */
export function splitAtLatent(model: Model, reconstruction: ValueInfo, map: RoleMap): Halves {
  const { graph } = model;
  const { types } = inferShapes(model);
  const info = (name: string): ValueInfo => {
    const known = [...graph.inputs, ...graph.outputs].find((each) => each.name === name);
    const type = types.get(name) ?? known?.type;
    if (type) return { name, type, docString: '' };
    throw new ArgumentError('map', `the name of a value of the file`, name);
  };
  const { x, mean, log_var } = encodingRoles(model, reconstruction, map);
  const size = rowSize(info(mean).type);
  const random = new Set(graph.nodes.filter(({ opType }) => /^(Random|Bernoulli)/.test(opType)));
  /** Whether all that is decoded comes from this value alone, and no noise joins it later. */
  const isBetween = (name: string) => {
    const { nodes, reached } = behind(graph, [reconstruction.name], new Set([name]));
    return nodes.length > 0 && !reached.has(x) && !nodes.some((node) => random.has(node));
  };
  const made = [x, ...graph.nodes.flatMap(({ outputs }) => outputs)];
  const z =
    map.z ??
    made.find((name) => {
      const type = types.get(name);
      return type && size !== undefined && rowSize(type) === size && isBetween(name);
    });
  if (z === undefined || !isBetween(z)) throw ask();
  const encoded = log_var ? [info(mean), info(log_var)] : [info(mean)];
  return {
    encoder: cut(model, [info(x)], encoded),
    decoder: cut(model, [info(z)], [reconstruction]),
    map: {
      x,
      mean,
      z,
      ...(log_var ? { log_var } : {}),
      ...(map.logits ? { logits: map.logits } : {}),
    },
  };
}

/** What of the graph encodes. Where only what is decoded is an output, the value between the halves is the code. */
function encodingRoles(model: Model, reconstruction: ValueInfo, map: RoleMap): EncoderRoles {
  const outputs = model.graph.outputs.filter((output) => output !== reconstruction);
  if (outputs.length > 0 || map.mean !== undefined) {
    return encoderRoles({ ...model, graph: { ...model.graph, outputs } }, map);
  }
  if (map.z === undefined) throw ask();
  return { x: onlyInput(model), mean: map.z };
}

function onlyInput({ graph }: Model): string {
  return graph.inputs.find(({ name }) => !graph.initializers.has(name))?.name ?? '';
}

function ask(): ArgumentError {
  return new ArgumentError(
    'map',
    '--map z=NAME: the value between encoder and decoder, which all that is decoded comes from (a viewer such as ' +
      'Netron shows the names); or export encoder and decoder as two files',
    undefined,
  );
}

/** Elements a row, where all sizes are known. */
export function rowSize(type: ValueType): number | undefined {
  if (type.kind !== 'tensor' || !type.shape || type.shape.length < 2) return undefined;
  const [, ...row] = type.shape;
  return row.every((dim) => typeof dim === 'number') ? sizeOf(row as number[]) : undefined;
}
