import { type Model, optimize, PASSES, type Pass } from '@latentkit/onnx';
import { differenceOfScaled } from './passes/difference-of-scaled.ts';
import { maskFromRelu } from './passes/mask-from-relu.ts';
import { sinkScaleIntoProducts } from './passes/sink-scale-into-products.ts';
import { softplusSum } from './passes/softplus-sum.ts';
import { sumRowsByProduct } from './passes/sum-rows-by-product.ts';

/** Rewrites that pay in training graphs, beside those for every graph. */
const TRAINING_PASSES: readonly Pass[] = [
  maskFromRelu,
  softplusSum,
  differenceOfScaled,
  sumRowsByProduct,
  sinkScaleIntoProducts,
];

/** Makes a traced step fast; each pass says what it gains. */
export function optimizeStep(model: Model): Model {
  return optimize(model, { passes: [...PASSES, ...TRAINING_PASSES] });
}
