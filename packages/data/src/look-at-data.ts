import { checkOptions } from '@latentkit/core/runtime';
import { scaleWarning } from '@latentkit/system';
import { isArrayFile } from './arrays/array-files.ts';
import type { Split } from './items/dataset.ts';
import { type NearDuplicate, nearDuplicates } from './items/near-duplicates.ts';
import { type LoadDataOptions, type LoadedData, loadData } from './load-data.ts';
import { openPictures } from './sources/open-source.ts';
import type { Fault } from './sources/picture-source.ts';
import { samplePictures } from './sources/sample-pictures.ts';
import { isGrey } from './sources/suggest-item.ts';

/** What there is to know of a data set before a model is trained on it. */
export interface DataLook {
  readonly data: LoadedData;
  /** Pictures or array items that can be used. */
  readonly count: number;
  /** Files of other kinds between the pictures. */
  readonly others: number;
  /** Of the pictures as they are, by a sample; undefined for arrays, which are as the items. */
  readonly pictures?: {
    readonly sampled: number;
    /** Smallest and largest. */
    readonly width: readonly [number, number];
    readonly height: readonly [number, number];
    readonly grey: number;
    readonly transparent: number;
  };
  /** Items of each class, in the order of `data.labelNames`. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  readonly bad: readonly Fault[];
  /** Those of the bad that count for `maxBad`: pictures that could not be read, not files that are none. */
  readonly unreadable: number;
  /** What a model would hardly learn from, in sentences. */
  readonly warnings: readonly string[];
  /** Test items that nearly equal a training item. */
  readonly nearDuplicates: readonly NearDuplicate[];
}

/**
 * Looks through a data set: decodes all of it, which training on it will not have to do again, and
 * counts. Bad pictures do not stop it.
 *
 * @throws as `loadData`
 */
export async function lookAtData(options: Omit<LoadDataOptions, 'maxBad'>): Promise<DataLook> {
  checkOptions(options, "{ path: 'pictures' }");
  const data = await loadData({ ...options, maxBad: 1 });
  const parts = [data.train, data.validation, data.test].filter((part) => part !== undefined);
  const { faults, ...pictures } = await lookAtPictures(options);
  const warning = scaleWarning(data);
  return {
    data,
    count: parts.reduce((sum, part) => sum + part.count, 0),
    ...pictures,
    classes: countClasses(data.labelNames, parts),
    bad: data.bad,
    unreadable: data.bad.length - faults,
    warnings: warning === undefined ? [] : [warning],
    nearDuplicates: nearDuplicates(data),
  };
}

async function lookAtPictures({
  path,
  signal,
}: Pick<LoadDataOptions, 'path' | 'signal'>): Promise<
  Pick<DataLook, 'others' | 'pictures'> & { readonly faults: number }
> {
  if (await isArrayFile(path)) return { others: 0, faults: 0 };
  const source = await openPictures(path, signal);
  const samples = await samplePictures(source, signal);
  const sides = (name: 'width' | 'height'): [number, number] => {
    const all = samples.map((picture) => (picture.reducedFrom ?? picture)[name]);
    return [Math.min(...all), Math.max(...all)];
  };
  return {
    others: source.others,
    faults: source.faults.length,
    pictures: {
      sampled: samples.length,
      width: sides('width'),
      height: sides('height'),
      grey: samples.filter(isGrey).length,
      transparent: samples.filter(isTransparent).length,
    },
  };
}

function isTransparent({
  data,
  channels,
}: {
  data: Uint8Array | Uint8ClampedArray;
  channels: number;
}) {
  if (channels % 2 === 1) return false;
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== 255) return true;
  return false;
}

function countClasses(names: readonly string[], parts: readonly Split[]): DataLook['classes'] {
  const counts = names.map(() => 0);
  if (names.length > 0) {
    for (const { labels } of parts) {
      for (const label of labels) counts[label] = (counts[label] as number) + 1;
    }
  }
  return names.map((name, i) => ({ name, count: counts[i] as number }));
}
