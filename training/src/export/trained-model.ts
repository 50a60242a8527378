import { LatentkitError } from '@latentkit/core';
import type { DatasetConfig } from '../data/load-dataset.ts';
import {
  type AutoencoderModel,
  assign,
  disposeModel,
  modelWeights,
} from '../model/autoencoder-model.ts';
import { LIKELIHOODS, type Likelihood } from '../model/likelihood.ts';
import type { Checkpoint } from '../run/checkpoint.ts';
import { modelOf } from '../run/model-of.ts';

/** A model with its weights, and what its card must say of it. */
export interface TrainedModel {
  readonly model: AutoencoderModel;
  readonly likelihood: Likelihood;
  readonly itemShape: readonly [number, number, number];
  readonly valueRange: readonly [number, number];
  readonly data: DatasetConfig;
  readonly run: Checkpoint;
  dispose(): void;
}

/**
 * Builds the model of a checkpoint on tfjs's current backend.
 *
 * @throws LatentkitError `invalid-data` if a weight is missing or of another shape
 */
export function trainedModel(
  run: Checkpoint,
  { itemShape, valueRange }: Pick<TrainedModel, 'itemShape' | 'valueRange'>,
): TrainedModel {
  const model = modelOf(run.config, itemShape);
  for (const { name, variable } of modelWeights(model)) {
    const saved = run.state.get(name);
    if (saved?.data.length !== variable.size) {
      disposeModel(model);
      throw new LatentkitError(
        'invalid-data',
        `The checkpoint in ${run.config.runDir} does not fit its own configuration: ${name} has ` +
          `${saved?.data.length ?? 'no'} values instead of ${variable.size}.`,
      );
    }
    assign(variable, saved.data);
  }
  return {
    model,
    likelihood: LIKELIHOODS[run.config.likelihood],
    itemShape,
    valueRange,
    data: run.config.data,
    run,
    dispose: () => disposeModel(model),
  };
}
