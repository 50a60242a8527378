/** The options of items and how they are written, apart from the code that reads files: quick to load. */
export { checkAugmentation, parseAugmentation } from './augment/augment.ts';
export { COLOURS, type ItemColour } from './colours.ts';
export { parseGroup } from './items/assign-parts.ts';
export { parseSize } from './parse-size.ts';
