import { type Model, optimize, PASSES, type Pass } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { blockConvolutions } from './blocked/block-convolutions.ts';
import { orientProducts, type WeightNames } from './orient-products.ts';
import { biasOfTransposedConvolution } from './passes/bias-of-transposed-convolution.ts';
import { differenceOfScaled } from './passes/difference-of-scaled.ts';
import { maskFromRelu } from './passes/mask-from-relu.ts';
import { repeatByBroadcast } from './passes/repeat-by-broadcast.ts';
import { sigmoidWeightedGradient } from './passes/sigmoid-weighted-gradient.ts';
import { sinkScaleIntoProducts } from './passes/sink-scale-into-products.ts';
import { softplusSum } from './passes/softplus-sum.ts';
import { sumRowsByProduct } from './passes/sum-rows-by-product.ts';

/** How the graphs of one engine are laid out. */
export interface StepLayout {
  /** Weights to take transposed, as an earlier graph does; chosen where they are left out. */
  readonly transposed?: ReadonlySet<string> | undefined;
  /** Channels that the runtime's convolutions keep side by side, where they do; asked for graphs with convolutions. */
  readonly block?: (() => Promise<number | undefined>) | undefined;
}

/** Rewrites that pay in training graphs, beside those for every graph. */
const TRAINING_PASSES: readonly Pass[] = [
  maskFromRelu,
  sigmoidWeightedGradient,
  biasOfTransposedConvolution,
  softplusSum,
  differenceOfScaled,
  repeatByBroadcast,
  sumRowsByProduct,
  sinkScaleIntoProducts,
];

/** Makes a traced step fast; each pass says what it gains. Weights may be transposed: see {@link orientProducts}. */
export async function optimizeStep(
  model: Model,
  weights: readonly WeightNames[],
  layout: StepLayout,
): Promise<{ readonly model: Model; readonly transposed: ReadonlySet<string> }> {
  const rewritten = optimize(model, { passes: [...PASSES, ...TRAINING_PASSES] });
  let transposed: ReadonlySet<string> | undefined;
  const orient: Pass = {
    name: 'orient-products',
    summary: 'Matrices are kept transposed where that spares products a transposed left factor.',
    apply(context) {
      if (transposed) return 0;
      transposed = orientProducts(context, weights, layout.transposed);
      return 1;
    },
  };
  const convolutions = rewritten.graph.nodes.some((node) => isOp(node, 'Conv'));
  const block = convolutions ? await layout.block?.() : undefined;
  const blocked = block === undefined ? [] : [blockConvolutions(block), 'remove-dead'];
  return {
    model: optimize(rewritten, { passes: [orient, ...blocked] }),
    transposed: transposed ?? new Set(),
  };
}
