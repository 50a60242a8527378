import type { Pass } from '../rewrite/pass.ts';
import { bypassBroadcasts } from './bypass-broadcasts.ts';
import { cancelConcatSlice } from './cancel-concat-slice.ts';
import { collapseBatchedMatMul } from './collapse-batched-matmul.ts';
import { eliminateCommonSubexpressions } from './eliminate-common-subexpressions.ts';
import { foldAffineIntoWeights } from './fold-affine-into-weights.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { foldConstants } from './fold-constants.ts';
import { foldPadIntoConv } from './fold-pad-into-conv.ts';
import { foldScaleIntoGemm } from './fold-scale-into-gemm.ts';
import { foldShiftIntoBias } from './fold-shift-into-bias.ts';
import { foldTransposeIntoGemm } from './fold-transpose-into-gemm.ts';
import { fuseClips } from './fuse-clips.ts';
import { fuseMatMulAdd } from './fuse-matmul-add.ts';
import { mergeCasts } from './merge-casts.ts';
import { mergeDuplicateInitializers } from './merge-duplicate-initializers.ts';
import { mergeReshapes } from './merge-reshapes.ts';
import { mergeTransposes } from './merge-transposes.ts';
import { pushTransposes } from './push-transposes.ts';
import { removeDead } from './remove-dead.ts';
import { removeIdentity } from './remove-identity.ts';
import { removeNeutralArithmetic } from './remove-neutral-arithmetic.ts';
import { removeNoOps } from './remove-no-ops.ts';
import { simplifyArithmetic } from './simplify-arithmetic.ts';
import { simplifyReductions } from './simplify-reductions.ts';
import { transposeToReshape } from './transpose-to-reshape.ts';

/**
 * All passes in the order in which they run. What makes others see more comes first (dead code,
 * constants); what closes a road comes last: a Transpose becomes a Reshape only when nothing can be
 * done with it as a Transpose.
 */
export const PASSES: readonly Pass[] = [
  removeDead,
  removeIdentity,
  foldConstants,
  removeNoOps,
  removeNeutralArithmetic,
  mergeCasts,
  mergeReshapes,
  mergeTransposes,
  bypassBroadcasts,
  simplifyArithmetic,
  simplifyReductions,
  cancelConcatSlice,
  fuseClips,
  collapseBatchedMatMul,
  foldTransposeIntoGemm,
  fuseMatMulAdd,
  pushTransposes,
  foldBatchNorm,
  foldAffineIntoWeights,
  foldScaleIntoGemm,
  foldShiftIntoBias,
  foldPadIntoConv,
  eliminateCommonSubexpressions,
  mergeDuplicateInitializers,
  transposeToReshape,
];
