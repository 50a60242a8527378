import type { ResolvedConfig } from '../config.ts';
import { type AutoencoderModel, buildMlpModel } from '../model/autoencoder-model.ts';

/** The model that a configuration describes, for items of a shape; its weights are zero. */
export function modelOf(config: ResolvedConfig, itemShape: readonly number[]): AutoencoderModel {
  return buildMlpModel({
    itemSize: itemShape.reduce((size, dim) => size * dim, 1),
    latentSize: config.latentSize,
    hiddenSizes: config.hiddenSizes,
  });
}
