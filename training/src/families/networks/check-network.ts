import { ArgumentError } from '@latentkit/core';
import { checkInteger, checkList } from '@latentkit/core/runtime';
import { checkOneOf, checkPositiveInteger } from '../../checks.ts';
import { ACTIVATIONS, ARCHITECTURES } from '../../settings/choices.ts';
import { MAX_SIZE } from '../../settings/domain.ts';
import type { NetworkConfig } from './network-config.ts';

/** @throws ArgumentError for a size or name that no network has */
export function checkNetwork(config: NetworkConfig): void {
  const { itemShape, architecture, activation, hiddenSizes, channels, blocks, labels } = config;
  checkList('itemShape', itemShape, '[height, width, channels]');
  for (const [i, side] of itemShape.entries()) checkInteger(`itemShape[${i}]`, side, 1);
  if (itemShape.length !== 3) {
    throw new ArgumentError('itemShape', '[height, width, channels]', itemShape);
  }
  checkOneOf('architecture', ARCHITECTURES, architecture);
  checkOneOf('activation', ACTIVATIONS, activation);
  checkSizes('hiddenSizes', hiddenSizes, 'units of each layer');
  checkSizes('channels', channels, 'channels of each convolution');
  checkPositiveInteger('blocks', blocks, MAX_SIZE);
  checkInteger('labels', labels, 0, MAX_SIZE);
  if (architecture !== 'mlp' && channels.length === 0) {
    throw new ArgumentError('channels', 'those of at least one convolution', channels);
  }
}

function checkSizes(name: string, sizes: readonly number[], wanted: string): void {
  checkList(name, sizes, wanted);
  for (const [i, size] of sizes.entries()) checkPositiveInteger(`${name}[${i}]`, size, MAX_SIZE);
}
