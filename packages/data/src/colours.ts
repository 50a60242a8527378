export const COLOURS = ['rgb', 'grey'] as const;
/** What the channels of an item are. */
export type ItemColour = (typeof COLOURS)[number];
