import { ArgumentError } from '@latentkit/core';
import { checkInteger, checkList, checkObject, checkText } from '@latentkit/core/runtime';
import { type Dataset, itemSizeOf, type Split } from '@latentkit/data';

const EXPECTED =
  'a data set, as loadDataset gives it, or datasetOf of @latentkit/data makes of arrays';

/**
 * The data set that a program gives, where it is one.
 *
 * @param option what it is given as
 * @throws ArgumentError for what is none, or parts of it that do not fit each other
 */
export function checkDataset(data: unknown, option = 'data'): Dataset {
  checkObject(option, data, EXPECTED);
  // The settings of one have its name, and nothing else of it.
  if (!('train' in (data as object))) throw new ArgumentError(option, EXPECTED, data);
  const { name, itemShape, valueRange, labelNames, train, validation, test, provenance } =
    data as Dataset;
  checkText(`${option}.name`, name);
  if (name.trim() === '')
    throw new ArgumentError(`${option}.name`, 'what the data are called', name);
  checkText(`${option}.provenance`, provenance, 'where the data came from');
  checkList(`${option}.itemShape`, itemShape, '[height, width, channels]');
  checkList(`${option}.labelNames`, labelNames, 'the names of the classes');
  for (const side of itemShape) checkInteger(`${option}.itemShape`, side, 1);
  checkList(`${option}.valueRange`, valueRange, '[smallest, largest]');
  if (!(valueRange[0] < valueRange[1])) {
    throw new ArgumentError(`${option}.valueRange`, '[smallest, largest]', valueRange);
  }
  const [height, width, channels] = itemShape;
  for (const [part, split] of Object.entries({ train, validation, test })) {
    if (part === 'validation' && split === undefined) continue;
    checkObject(`${option}.${part}`, split, 'items with their images, labels and count');
    const { labels, count } = split as Split;
    checkInteger(`${option}.${part}.count`, count, 1);
    const size = itemSizeOf(split as Split);
    const rows = `an item of ${itemShape.join(' × ')} in each of ${count} rows`;
    if (size !== height * width * channels) {
      throw new ArgumentError(`${option}.${part}.images`, rows, `${size} values a row`);
    }
    if (labels?.length !== count) {
      throw new ArgumentError(`${option}.${part}.labels`, `${count}, one an item`, labels?.length);
    }
    checkLabels(option, part, labels, labelNames);
    checkValues(option, part, (split as Split).images, { size, range: valueRange });
  }
  return data as Dataset;
}

function checkLabels(
  option: string,
  part: string,
  labels: ArrayLike<number>,
  names: readonly string[],
): void {
  if (names.length === 0) return;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (Number.isInteger(label) && label >= 0 && label < names.length) continue;
    const wanted = `a number from 0 to ${names.length - 1} for item ${i} (${option}.labelNames has ${names.length})`;
    throw new ArgumentError(`${option}.${part}.labels`, wanted, label);
  }
}

/** A likelihood is no number, or means nothing, of values outside its range. Pixels on the disk are in it as they are. */
function checkValues(
  option: string,
  part: string,
  values: Split['images'],
  { size, range: [low, high] }: { size: number; range: Dataset['valueRange'] },
): void {
  if (!(values instanceof Float32Array)) return;
  // By as much rounding may leave the range.
  const slack = 1e-6 * Math.max(Math.abs(low), Math.abs(high));
  const [least, most] = [low - slack, high + slack];
  // A loop, which takes a quarter of the time of a call for each of 47 million values.
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    // The negation also finds NaN.
    if (!(value >= least && value <= most)) {
      const place = `for element ${i % size} of item ${Math.floor(i / size)}`;
      const wanted = `a value from ${low} to ${high}, which is ${option}.valueRange, ${place}`;
      throw new ArgumentError(`${option}.${part}.images`, wanted, value);
    }
  }
}
