import { createHash } from 'node:crypto';
import { LatentkitError } from '@latentkit/core';
import { checkOptions } from '@latentkit/core/runtime';
import { type IdxArray, parseIdx } from '../arrays/idx.ts';
import { type Dataset, DIGITS, type Split } from '../items/dataset.ts';
import { MNIST_FILES, type MnistFile, type MnistLocation, readMnistFile } from './mnist-files.ts';

const SIDE = 28;
const CLASSES = 10;

/**
 * MNIST (LeCun, Cortes & Burges): handwritten digits, grey values divided by 255. Any four IDX
 * files of 28 × 28 images with ten classes serve when they come from a folder.
 *
 * @throws LatentkitError `not-found` or `network` when files are absent, `invalid-data` for files
 *   that are damaged or do not belong together
 */
export async function loadMnist(location: MnistLocation): Promise<Dataset<Float32Array>> {
  checkOptions(location);
  const digests: string[] = [];
  const read = async (file: MnistFile) => {
    const { bytes, source } = await readMnistFile(file, location);
    const array = parseIdx(bytes, source);
    digests.push(
      `${file.name} ${createHash('sha256').update(array.data).digest('hex').slice(0, 16)}`,
    );
    return { array, source };
  };
  const makeSplit = async (
    imageFile: MnistFile,
    labelFile: MnistFile,
  ): Promise<Split<Float32Array>> => {
    const images = await read(imageFile);
    const labels = await read(labelFile);
    return toSplit(images, labels);
  };
  const train = await makeSplit(MNIST_FILES.trainImages, MNIST_FILES.trainLabels);
  const test = await makeSplit(MNIST_FILES.testImages, MNIST_FILES.testLabels);
  return {
    name: 'mnist',
    itemShape: [SIDE, SIDE, 1],
    valueRange: [0, 1],
    labelNames: DIGITS,
    train,
    test,
    description: 'MNIST: handwritten digits, 28 × 28 grey.',
    provenance: `IDX files (SHA-256 of the values): ${digests.join(', ')}`,
  };
}

interface Sourced {
  readonly array: IdxArray;
  readonly source: string;
}

function toSplit(images: Sourced, labels: Sourced): Split<Float32Array> {
  const [count = 0, height, width] = images.array.dims;
  if (images.array.dims.length !== 3 || height !== SIDE || width !== SIDE || count === 0) {
    throw new LatentkitError(
      'invalid-data',
      `${images.source} holds ${images.array.dims.join(' × ')} values; images of ${SIDE} × ${SIDE} were expected.`,
    );
  }
  if (labels.array.dims.length !== 1 || labels.array.data.length !== count) {
    throw new LatentkitError(
      'invalid-data',
      `${labels.source} holds ${labels.array.dims.join(' × ')} labels, but ${images.source} holds ` +
        `${count} images. The two files do not belong together; fetch both again.`,
    );
  }
  const wrong = labels.array.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) {
    throw new LatentkitError(
      'invalid-data',
      `${labels.source}: label ${wrong} is ${labels.array.data[wrong]}; 0 to ${CLASSES - 1} were expected.`,
    );
  }
  const values = new Float32Array(images.array.data.length);
  for (let i = 0; i < values.length; i++) values[i] = (images.array.data[i] as number) / 255;
  return { images: values, labels: labels.array.data, count };
}
