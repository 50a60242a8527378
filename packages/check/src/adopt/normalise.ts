import { ArgumentError, type ModelCard } from '@latentkit/core';
import type { Graph, Model } from '@latentkit/onnx';
import { after, before, constant, node } from './surgery/insert.ts';

/** What was subtracted from an item's values and divided by in training: a number, or one a channel. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * Takes a normalisation into the graphs, which then take and give values as pictures have them: x becomes
 * (x − mean) / std at the encoder's start, and what the decoder gives is brought back.
 *
 * @throws ArgumentError for other lengths than 1 or the channels, or several of a flat item
 */
export function foldNormalisation(
  { mean, std }: Normalisation,
  { encoder, decoder }: { readonly encoder: Model; readonly decoder?: Model | undefined },
  { layout, shape }: ModelCard['item'],
): void {
  const channels = layout === 'CHW' ? shape[0] : shape[2];
  const fits = [1, channels].includes(mean.length) && mean.length === std.length;
  if (!fits || !std.every((value) => value > 0) || !mean.every(Number.isFinite)) {
    throw new ArgumentError(
      'normalise',
      `as many means as deviations above 0: ${channels === 1 ? '1' : `1 or ${channels}`} of them`,
      `${mean.join(', ')} and ${std.join(', ')}`,
    );
  }
  before(encoder.graph, 'x', typeOf(encoder.graph.inputs, 'x', mean.length), (fed, taken) => {
    const { graph } = encoder;
    const dims = dimsOf(mean.length, layout);
    const shift = constant(graph, 'pixel_mean', 'float32', mean, dims);
    const scale = constant(graph, 'pixel_std', 'float32', std, dims);
    return [node('Sub', [fed, shift], 'x_centred'), node('Div', ['x_centred', scale], taken)];
  });
  if (!decoder) return;
  after(
    decoder.graph,
    'mean',
    typeOf(decoder.graph.outputs, 'mean', mean.length),
    (given, told) => {
      const { graph } = decoder;
      const dims = dimsOf(mean.length, layout);
      const shift = constant(graph, 'pixel_mean', 'float32', mean, dims);
      const scale = constant(graph, 'pixel_std', 'float32', std, dims);
      return [
        node('Mul', [given, scale], 'mean_scaled'),
        node('Add', ['mean_scaled', shift], told),
      ];
    },
  );
}

/** Numbers a channel stand along the channels. */
function dimsOf(count: number, layout: ModelCard['item']['layout']): number[] {
  if (count === 1) return [];
  return layout === 'CHW' ? [count, 1, 1] : [count];
}

function typeOf(infos: Graph['inputs'], name: string, count: number): Graph['inputs'][0]['type'] {
  const type = infos.find((info) => info.name === name)?.type ?? { kind: 'unknown' };
  if (count > 1 && type.kind === 'tensor' && type.shape && type.shape.length !== 4) {
    throw new ArgumentError('normalise', 'one number for a flat item', `${count} numbers`);
  }
  return type;
}
