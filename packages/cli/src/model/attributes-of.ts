import { ArgumentError, type Attribute } from '@latentkit/core';
import type { Dataset } from '@latentkit/data';

/** A factor of data sets whose values are the labels, and no amounts. */
const LABELS = 'class';

/**
 * The attributes of the training items: their factors, and a 0 or 1 for each class where there are factors of
 * no kind.
 *
 * @param names which; all by default
 * @param options.optional whether data may have none
 * @throws ArgumentError for data without attributes, or an attribute that they do not have
 */
export function attributesOf(
  { train, labelNames, name }: Dataset,
  names?: readonly string[],
  { optional = false }: { readonly optional?: boolean | undefined } = {},
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
  // A class that all items have, or none, as one that was left out of training, is no attribute of them.
  const varied = classes.filter(({ values }) => values.includes(0) && values.includes(1));
  const chosen = names ?? (amounts.length > 0 ? amounts : varied).map((one) => one.name);
  if (chosen.length === 0 && !optional) {
    throw new ArgumentError(
      `attributes of ${name}`,
      'some: columns of numbers in a labels.csv in the folder of pictures, or the pictures in a folder for each class',
      'none',
    );
  }
  return chosen.map((wanted) => {
    const found = known.find((one) => one.name === wanted);
    if (found) return found;
    const list = known.map((one) => `'${one.name}'`).join(', ');
    throw new ArgumentError('attributes', `some of ${list}`, wanted);
  });
}

/** Whether attributes are classes of the data, which exclude each other: none of them can change alone. */
export function areClasses(
  attributes: readonly Attribute[],
  { train, labelNames }: Dataset,
): boolean {
  const amounts = train.factors?.names ?? [];
  return attributes.every(({ name }) => labelNames.includes(name) && !amounts.includes(name));
}
