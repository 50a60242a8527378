import { ArgumentError } from '@latentkit/core';

/** `'64x48x3'` is 64 high, 48 wide, of 3 channels. @throws ArgumentError */
export function parseImage(text: string): readonly [number, number, number] {
  const [height, width, channels] = text.split('x').map(Number);
  const sizes = [height, width, channels];
  if (
    !/^\d+x\d+x\d+$/.test(text) ||
    !sizes.every((size) => Number.isSafeInteger(size) && (size as number) > 0)
  ) {
    throw new ArgumentError('image', "height, width and channels, such as '64x64x3'", text);
  }
  return sizes as [number, number, number];
}
