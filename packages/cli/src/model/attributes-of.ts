import { ArgumentError, type Attribute } from '@latentkit/core';
import type { Dataset } from '@latentkit/data';

/** A factor of data sets whose values are the labels, and no amounts. */
const LABELS = 'class';

/**
 * The attributes of the training items: their factors, and a 0 or 1 for each class where there are factors of
 * no kind.
 *
 * @param names which; all by default
 * @throws ArgumentError for data without attributes, or an attribute that they do not have
 */
export function attributesOf(
  { train, labelNames, name }: Dataset,
  names?: readonly string[],
): Attribute[] {
  const { factors } = train;
  const width = factors?.names.length ?? 0;
  const amounts = (factors?.names ?? []).flatMap((factor, f) => {
    const values = Float64Array.from({ length: train.count }, (_, i) =>
      factors ? (factors.values[i * width + f] as number) : 0,
    );
    return factor === LABELS ? [] : [{ name: factor, values }];
  });
  const classes = labelNames.map((label, l) => ({
    name: label,
    values: Float64Array.from(train.labels, (value) => Number(value === l)),
  }));
  const known = [...amounts, ...classes.filter((one) => !amounts.some((a) => a.name === one.name))];
  const chosen = names ?? (amounts.length > 0 ? amounts : classes).map((one) => one.name);
  if (chosen.length === 0) {
    throw new ArgumentError(
      'data',
      'items with attributes: columns of numbers in labels.csv, or a folder for each class',
      `${name}, whose items have none`,
    );
  }
  return chosen.map((wanted) => {
    const found = known.find((one) => one.name === wanted);
    if (found) return found;
    const list = known.map((one) => `'${one.name}'`).join(', ');
    throw new ArgumentError('attributes', `some of ${list}`, wanted);
  });
}
