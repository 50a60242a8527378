import { attr, type Dim, type Model, type ValueInfo } from '@latentkit/onnx';
import { freeName } from './constants.ts';
import { node } from './insert.ts';

/** Names of one output that holds a mean and its ln σ² one after the other, as diffusers has them. */
const MOMENTS = /^(latent_?)?(moments|parameters|params|dist(ribution)?_?params?)$/i;

/**
 * Divides the one output of an encoder into mean and ln σ² where its name says that it holds both and it has twice as many
 * numbers, in one dimension, as the decoder takes.
 *
 * @returns the encoder with the outputs `mean` and `log_var`, and what was divided along which dimension; undefined
 *   where it is not so
 */
export function splitMoments(
  given: Model,
  latent: ValueInfo | undefined,
): { readonly encoder: Model; readonly name: string; readonly axis: number } | undefined {
  const [output, ...others] = given.graph.outputs;
  if (!output || others.length > 0 || !MOMENTS.test(output.name)) return undefined;
  const [both, one] = [output, latent].map((info) => shapeOf(info));
  const axis = both && one ? doubledAxis(both, one) : undefined;
  if (axis === undefined || !both) return undefined;
  const encoder = structuredClone(given);
  const { graph } = encoder;
  const half = both.map((dim, i) => (i === axis ? (dim as number) / 2 : dim));
  const names = ['mean', 'log_var'].map((name) => freeName(graph, name));
  const isCounted = (encoder.opsets.get('') ?? 1) >= 18;
  const split = node('Split', [output.name], names[0] as string, {
    axis: attr.int(axis),
    ...(isCounted ? { num_outputs: attr.int(2) } : {}),
  });
  graph.nodes.push({ ...split, outputs: names });
  graph.outputs = names.map((name) => ({
    name,
    type: { kind: 'tensor', dtype: 'float32', shape: half },
    docString: '',
  }));
  return { encoder, name: output.name, axis };
}

function shapeOf(info: ValueInfo | undefined): readonly Dim[] | undefined {
  return (info?.type.kind === 'tensor' && info.type.shape) || undefined;
}

/** The dimension beside the batch that is twice as large, where the others are the same. */
function doubledAxis(both: readonly Dim[], one: readonly Dim[]): number | undefined {
  if (both.length !== one.length) return undefined;
  const others = both.flatMap((dim, axis) => (axis === 0 || dim === one[axis] ? [] : [axis]));
  const [axis, ...more] = others;
  const taken = axis === undefined ? undefined : one[axis];
  const isDouble = typeof taken === 'number' && both[axis as number] === 2 * taken;
  return more.length === 0 && isDouble ? axis : undefined;
}
