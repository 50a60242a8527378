import type * as layers from '@tensorflow/tfjs-layers';

/** The networks of a level. Its latents are flat, [n, dimensions]; features and states are vectors or grids. */
export interface Rung {
  /** (features, state above) → m, ln s² */
  readonly posterior: layers.LayersModel;
  /** state above → μ, ln σ²; the topmost prior is N(0, I) */
  readonly prior: layers.LayersModel | undefined;
  /** (state above, z) → state */
  readonly merge: layers.LayersModel;
}
