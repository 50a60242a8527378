import { type Check, error, type Finding } from '../../check.ts';

/** Channels of a picture: grey, grey and alpha, colour, colour and alpha. */
const CHANNELS = [1, 2, 3, 4];

export const cardItem: Check = {
  id: 'card/item',
  summary: 'the layout and range of an item fit its shape and likelihood',
  remedy: 'State the layout, shape and range of the items that the model was trained on.',
  needs: ['card/valid'],
  async run(model) {
    const { item, likelihood } = await model.card();
    const { shape, layout, range } = item;
    const findings: Finding[] = [];
    const say = (message: string) => findings.push(error(message, 'model.json'));
    if (layout !== 'flat') {
      const [first, second, last] = shape;
      const channels = layout === 'HWC' ? last : first;
      // Items that are no pictures are values at a single place.
      const isTable = layout === 'HWC' && first === 1 && second === 1;
      if (shape.length !== 3)
        say(`layout ${layout} has three dimensions, shape [${shape.join(', ')}]`);
      else if (!isTable && !CHANNELS.includes(channels as number)) {
        say(
          `layout ${layout} makes ${channels} channels of shape [${shape.join(', ')}]; 1 to 4 were expected`,
        );
      }
    }
    if (likelihood && likelihood.kind !== 'gaussian' && (range[0] !== 0 || range[1] !== 1)) {
      say(
        `a ${likelihood.kind} likelihood is of values from 0 to 1, the range is ${range[0]} to ${range[1]}`,
      );
    }
    return { findings };
  },
};
