import { ArgumentError } from '../errors/index.ts';

/** Red, green and blue, each from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** A colour: three numbers from 0 to 255, `'#rrggbb'`, `'#rgb'`, `'black'` or `'white'`. */
export type Colour = Rgb | string;

const NAMED: ReadonlyMap<string, Rgb> = new Map([
  ['black', [0, 0, 0]],
  ['white', [255, 255, 255]],
]);

/** @throws ArgumentError for anything that is no {@link Colour} */
export function parseColour(colour: Colour, argument = 'background'): Rgb {
  if (typeof colour === 'string') {
    const text = colour.trim().toLowerCase();
    const named = NAMED.get(text);
    if (named) return named;
    const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/.exec(text)?.[1];
    if (digits) {
      const wide = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
      const part = (from: number) => Number.parseInt(wide.slice(from, from + 2), 16);
      return [part(0), part(2), part(4)];
    }
  } else if (Array.isArray(colour) && colour.length === 3 && colour.every(isByte)) {
    return [colour[0], colour[1], colour[2]];
  }
  throw new ArgumentError(
    argument,
    "'#rrggbb', '#rgb', 'black', 'white' or three integers from 0 to 255",
    colour,
  );
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
}
