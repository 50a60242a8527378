import type { Check } from '../check.ts';
import { batchDeclared } from './batch/declared.ts';
import { batchSizes } from './batch/sizes.ts';
import { budgetLatency, budgetSlowdown } from './budget/latency.ts';
import { budgetSize } from './budget/size.ts';
import { cardContract } from './card/contract.ts';
import { extraFiles } from './card/extra-files.ts';
import { cardFigures } from './card/figures.ts';
import { cardHash } from './card/hash.ts';
import { cardItem } from './card/item.ts';
import { cardLabels } from './card/labels.ts';
import { pathOutside } from './card/path-outside.ts';
import { cardPixels } from './card/pixels.ts';
import { cardPresent } from './card/present.ts';
import { cardTolerance } from './card/tolerance.ts';
import { cardValid } from './card/valid.ts';
import { sameBytes } from './export/same-bytes.ts';
import { goldenPresent } from './golden/present.ts';
import { goldenRange } from './golden/range.ts';
import { goldenShapes } from './golden/shapes.ts';
import { graphInputs, graphOutputs } from './graph/names.ts';
import { graphOpset } from './graph/opset.ts';
import { graphReadable } from './graph/readable.ts';
import { graphSelfContained } from './graph/self-contained.ts';
import { graphShape } from './graph/shape.ts';
import { graphStrict } from './graph/strict.ts';
import { graphStructure } from './graph/structure.ts';
import { unusedInput } from './graph/unused-input.ts';
import { latentAlive } from './latent/alive.ts';
import { outputsFinite } from './latent/finite.ts';
import { latentKl } from './latent/kl.ts';
import { randomOperator } from './operators/random.ts';
import { operatorsTarget } from './operators/target.ts';
import { PARITY_CHECKS } from './parity/parity.ts';
import { pairDecoder } from './quality/pair.ts';
import { qualityRecall } from './quality/recall.ts';
import { qualityReconstruction } from './quality/reconstruction.ts';
import { WEIGHT_CHECKS } from './weights/weights.ts';

/** Every check, each after those that it needs. */
export const CHECKS: readonly Check[] = [
  cardPresent,
  pathOutside,
  cardValid,
  cardHash,
  extraFiles,
  cardItem,
  cardPixels,
  cardTolerance,
  cardContract,
  graphReadable,
  cardLabels,
  graphStructure,
  graphSelfContained,
  graphInputs,
  graphOutputs,
  graphShape,
  unusedInput,
  graphOpset,
  graphStrict,
  randomOperator,
  operatorsTarget,
  ...WEIGHT_CHECKS,
  sameBytes,
  goldenPresent,
  goldenShapes,
  goldenRange,
  batchDeclared,
  batchSizes,
  ...PARITY_CHECKS,
  outputsFinite,
  cardFigures,
  latentKl,
  latentAlive,
  pairDecoder,
  qualityRecall,
  qualityReconstruction,
  budgetSize,
  budgetLatency,
  budgetSlowdown,
];
