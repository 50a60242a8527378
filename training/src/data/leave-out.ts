import { ArgumentError } from '@latentkit/core';
import { type Dataset, pickItems } from '@latentkit/data';
import { checkDataset } from './check-dataset.ts';
import { classOf, oneOfSeveral } from './class-of.ts';

/** The name of what is left out, in messages. */
const LEFT_OUT = 'class to leave out';

/**
 * The data set without the training items of one class; the test items stay, so that the class can be
 * measured as an anomaly.
 *
 * @param given its name, or its number
 * @throws ArgumentError for what is no data set, or a class that the data set does not have, or has alone
 */
export function leaveOutClass(dataset: Dataset, given: number | string): Dataset {
  checkDataset(dataset);
  const { labelNames } = dataset;
  const label = classOf(labelNames, given, LEFT_OUT);
  const name = labelNames[label];
  const { train } = dataset;
  const kept = Array.from(train.labels.keys()).filter((i) => train.labels[i] !== label);
  if (kept.length === 0) throw new ArgumentError(LEFT_OUT, oneOfSeveral(labelNames), given);
  return {
    ...dataset,
    train: pickItems(train, kept),
    description: `${dataset.description} No item of class ${name} was trained on.`,
    provenance: `${dataset.provenance}; without the training items of class ${label}`,
  };
}
