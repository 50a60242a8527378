import { type Check, error } from '../../check.ts';

export const cardPixels: Check = {
  id: 'card/pixels',
  summary: 'pixels from 0 to 255 become values that fill the range of an item',
  remedy: 'State the scale and offset of the training: value = pixel · scale + offset.',
  needs: ['card/valid'],
  async run(model) {
    const { item, preprocessing } = await model.card();
    if (item.layout === 'flat') return { skipped: 'the items are no pictures' };
    const { scale, offset } = preprocessing;
    const [low, high] = item.range;
    const ends = [offset, 255 * scale + offset].sort((a, b) => a - b) as [number, number];
    // Half a pixel either way.
    const slack = (high - low) / 510;
    const fits = Math.abs(ends[0] - low) <= slack && Math.abs(ends[1] - high) <= slack;
    const message = `pixels become ${ends[0]} to ${ends[1]} (scale ${scale}, offset ${offset}), the range is ${low} to ${high}`;
    return { findings: fits ? [] : [error(message, 'model.json')] };
  },
};
