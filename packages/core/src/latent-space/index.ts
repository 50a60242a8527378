export { combineLatents, meanLatent } from './arithmetic.ts';
export {
  type Attribute,
  type Direction,
  type DirectionOptions,
  findDirections,
} from './directions.ts';
export { gaussianKl, standardNormalLogDensity } from './gaussian-densities.ts';
export {
  fitGaussianMixture,
  type GaussianMixture,
  type MixtureComponent,
  type MixtureFit,
  type MixtureOptions,
  mixtureLogDensity,
  sampleMixture,
} from './gaussian-mixture.ts';
export { mixtureFromCard, mixtureToCard, priorOf } from './mixture-card.ts';
export { latentGrid, latentPath } from './paths.ts';
export { type SimilarOptions, similarLatents } from './similar.ts';
export { scoreThreshold } from './threshold.ts';
export { dimensionKl, traverseLatent } from './traversal.ts';
