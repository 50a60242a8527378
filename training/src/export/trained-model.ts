import { LatentkitError } from '@latentkit/core';
import type { Dataset } from '@latentkit/data';
import { averagedState } from '../engines/averaged-state.ts';
import { buildFamily } from '../families/build-family.ts';
import type { FamilyModel } from '../families/family.ts';
import { assign } from '../families/variables.ts';
import type { Checkpoint } from '../run/folder/checkpoint.ts';
import { dataDiffer } from './other-data.ts';

/** A model with its weights, and what its card must say of it. */
export interface TrainedModel {
  readonly model: FamilyModel;
  readonly dataset: Pick<Dataset, 'itemShape' | 'valueRange' | 'labelNames' | 'preprocessing'> & {
    readonly name?: string;
    readonly provenance?: string;
  };
  readonly run: Checkpoint;
}

/**
 * Builds the model of a checkpoint on tfjs's current backend, with its weights of the best epoch, or the
 * averages of its weights, where they were kept; its latents in units of a prior that was learned. The caller disposes of
 * it.
 *
 * @throws LatentkitError `invalid-data` if a weight is missing or of another shape, as with items of another shape
 */
export function trainedModel(run: Checkpoint, dataset: TrainedModel['dataset']): TrainedModel {
  const model = buildFamily(run.config, dataset);
  const state = run.best ?? averagedState(run.state);
  for (const { name, variable } of [...model.weights, ...model.buffers]) {
    const saved = state.get(name);
    if (saved?.data.length !== variable.size) {
      model.dispose();
      const { provenance } = dataset;
      if (provenance !== undefined && provenance !== run.dataProvenance) {
        throw new LatentkitError(
          'invalid-data',
          `${dataDiffer(run, provenance)} Items of ${dataset.itemShape.join(' × ')} do not fit its weights: give the data of then.`,
        );
      }
      throw new LatentkitError(
        'invalid-data',
        `The checkpoint in ${run.config.runDir} does not fit its own configuration: ${name} has ` +
          `${saved?.data.length ?? 'no'} values instead of ${variable.size}.`,
      );
    }
    assign(variable, saved.data);
  }
  model.prior?.standardise();
  return { model, dataset, run };
}
