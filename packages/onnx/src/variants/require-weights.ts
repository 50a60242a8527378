import { OnnxError } from '../errors.ts';
import type { Model } from '../ir.ts';

/** @throws OnnxError `external-data` where weights lie in files that were not read */
export function requireWeights(model: Model): void {
  for (const { name, external } of model.graph.initializers.values()) {
    if (!external) continue;
    throw new OnnxError(
      'external-data',
      `The weight "${name}" lies in the file "${external.location}", which was not read. Load the model with loadModelFile, or pass readModel a resolveExternal.`,
    );
  }
}
