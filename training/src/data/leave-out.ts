import { ArgumentError } from '@latentkit/core';
import { checkInteger } from '@latentkit/core/runtime';
import { type Dataset, pickItems } from '@latentkit/data';
import { checkDataset } from './check-dataset.ts';

/**
 * The data set without the training items of one class; the test items stay, so that the class can be
 * measured as an anomaly.
 *
 * @throws ArgumentError for what is no data set, or a class that the data set does not have, or has alone
 */
export function leaveOutClass(dataset: Dataset, label: number): Dataset {
  checkDataset(dataset);
  checkInteger('class to leave out', label, 0);
  const name = dataset.labelNames[label];
  const { train } = dataset;
  const kept = Array.from(train.labels.keys()).filter((i) => train.labels[i] !== label);
  if (name === undefined || kept.length === 0) {
    const classes = dataset.labelNames.map((name, i) => `${i} (${name})`).join(', ');
    throw new ArgumentError('class to leave out', `one of several: ${classes}`, label);
  }
  return {
    ...dataset,
    train: pickItems(train, kept),
    description: `${dataset.description} No item of class ${name} was trained on.`,
    provenance: `${dataset.provenance}; without the training items of class ${label}`,
  };
}
