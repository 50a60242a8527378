import { ArgumentError } from '@latentkit/core';
import { checkText } from '@latentkit/core/runtime';

/**
 * Reads the size of an item: `64x48` is 64 high and 48 wide, as the shape of an item has it; `64` is a
 * square.
 *
 * @throws ArgumentError for anything else
 */
export function parseSize(text: string): [height: number, width: number] {
  checkText('image size', text, 'height x width, such as 64x64');
  const [, height, width = height] = /^(\d{1,5})(?:[x×](\d{1,5}))?$/.exec(text.trim()) ?? [];
  if (height === undefined || width === undefined) {
    throw new ArgumentError('image size', 'height x width, such as 64x64', text);
  }
  return [Number(height), Number(width)];
}
