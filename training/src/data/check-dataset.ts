import { ArgumentError } from '@latentkit/core';
import { checkInteger, checkList, checkObject, checkText } from '@latentkit/core/runtime';
import { type Dataset, itemSizeOf } from '@latentkit/data';

const EXPECTED =
  'a data set, as loadDataset gives it, or datasetOf of @latentkit/data makes of arrays';

/**
 * The data set that a program gives, where it is one.
 *
 * @throws ArgumentError for what is none, or parts of it that do not fit each other
 */
export function checkDataset(data: unknown): Dataset {
  checkObject('data', data, EXPECTED);
  // The settings of one have its name, and nothing else of it.
  if (!('train' in (data as object))) throw new ArgumentError('data', EXPECTED, data);
  const { name, itemShape, valueRange, labelNames, train, validation, test, provenance } =
    data as Dataset;
  checkText('data.name', name);
  checkText('data.provenance', provenance, 'where the data came from');
  checkList('data.itemShape', itemShape, '[height, width, channels]');
  checkList('data.labelNames', labelNames, 'the names of the classes');
  for (const side of itemShape) checkInteger('data.itemShape', side, 1);
  checkList('data.valueRange', valueRange, '[smallest, largest]');
  if (!(valueRange[0] < valueRange[1])) {
    throw new ArgumentError('data.valueRange', '[smallest, largest]', valueRange);
  }
  const [height, width, channels] = itemShape;
  for (const [part, split] of Object.entries({ train, validation, test })) {
    if (part === 'validation' && split === undefined) continue;
    checkObject(`data.${part}`, split, 'items with their images, labels and count');
    const { labels, count } = split as Dataset['train'];
    const size = itemSizeOf(split as Dataset['train']);
    const rows = `an item of ${itemShape.join(' × ')} in each row`;
    if (size !== height * width * channels) {
      throw new ArgumentError(`data.${part}.images`, rows, `${size} values in each`);
    }
    checkInteger(`data.${part}.count`, count, 1);
    if (labels?.length !== count) {
      throw new ArgumentError(`data.${part}.labels`, `${count}, one an item`, labels?.length);
    }
  }
  return data as Dataset;
}
