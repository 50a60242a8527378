import {
  ArgumentError,
  type Attribute,
  type Direction,
  findDirections,
  type ModelCard,
  type Tensor,
  tensor,
} from '@latentkit/core';
import type { DirectionInfo } from '../explorer-info.ts';
import type { ExplorerItems } from '../items.ts';
import type { Collected } from './collect.ts';

/** Classes that get a direction each, at most. */
const MOST_CLASSES = 16;
/** A factor of data sets whose values are the labels, and no amounts. */
const CLASS = 'class';
/** Rows below which nothing is to be learnt. */
const LEAST_ROWS = 50;

/** The directions that the card keeps; else one for each factor of the items, or for each class. */
export function directionsOf(
  { latentSpace, latent }: ModelCard,
  { factorNames, labelNames, name }: Pick<ExplorerItems, 'factorNames' | 'labelNames' | 'name'>,
  { vectors, factors, labels }: Pick<Collected, 'vectors' | 'factors' | 'labels'>,
): DirectionInfo[] {
  if (latentSpace?.directions) {
    return latentSpace.directions.map(({ name, vector, deviation, r2, protocol }) => {
      return { name, vector, deviation, r2, protocol };
    });
  }
  const n = vectors.length / latent.size;
  const width = factorNames.length;
  const amounts = factorNames.flatMap((name, f) =>
    name === CLASS || !factors
      ? []
      : [{ name, values: Float64Array.from({ length: n }, (_, i) => factors[i * width + f] ?? 0) }],
  );
  const classes = labelNames.slice(0, MOST_CLASSES).map((name, l) => ({
    name,
    values: Float64Array.from(labels ?? [], (label) => Number(label === l)),
  }));
  const wanted = (amounts.length > 0 ? amounts : classes).filter(varies);
  if (n < LEAST_ROWS || wanted.length === 0) return [];
  const z = tensor(vectors, [n, latent.size]);
  // Classes exclude each other: none of them can change alone.
  const together = amounts.length > 0 ? foundTogether(z, wanted) : undefined;
  const found = together ?? wanted.flatMap((one) => findDirections(z, [one], { seed: 1 }));
  const others = together ? found.length - 1 : 0;
  return found.map(({ name: attribute, vector, deviation, r2 }) => ({
    name: attribute,
    vector: Array.from(vector, (value) => Number(value.toPrecision(6))),
    deviation,
    r2,
    protocol: `ridge regression on the embeddings of ${n} items of ${name}, decorrelated from ${others} others; R² on a fifth held out (seed 1)`,
  }));
}

/** Directions that leave each other alone; undefined for attributes of which some follow from others. */
function foundTogether(
  z: Tensor<'float32'>,
  wanted: readonly Attribute[],
): Direction[] | undefined {
  try {
    return findDirections(z, wanted, { seed: 1 });
  } catch (error) {
    if (ArgumentError.isInstance(error) && error.argument.startsWith('attributes'))
      return undefined;
    throw error;
  }
}

/** A fifth is held out: what varies in a handful of rows alone may not vary in the rest. */
function varies({ values }: Attribute): boolean {
  const first = values[0];
  let others = 0;
  for (let i = 1; i < values.length; i++) others += Number(values[i] !== first);
  const least = Math.ceil(0.02 * values.length);
  return others >= least && values.length - others >= (others === values.length - 1 ? 0 : least);
}
