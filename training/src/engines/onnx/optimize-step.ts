import { type Model, optimize, PASSES, type Pass } from '@latentkit/onnx';
import { orientProducts, type WeightNames } from './orient-products.ts';
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

/** Makes a traced step fast; each pass says what it gains. Weights may be transposed: see {@link orientProducts}. */
export function optimizeStep(
  model: Model,
  weights: readonly WeightNames[],
  decided?: ReadonlySet<string>,
): { readonly model: Model; readonly transposed: ReadonlySet<string> } {
  const rewritten = optimize(model, { passes: [...PASSES, ...TRAINING_PASSES] });
  let transposed: ReadonlySet<string> | undefined;
  const orient: Pass = {
    name: 'orient-products',
    summary: 'Matrices are kept transposed where that spares products a transposed left factor.',
    apply(context) {
      if (transposed) return 0;
      transposed = orientProducts(context, weights, decided);
      return 1;
    },
  };
  const oriented = optimize(rewritten, { passes: [orient] });
  return { model: oriented, transposed: transposed ?? new Set() };
}
