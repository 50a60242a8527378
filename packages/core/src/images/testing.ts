import type { Pixels } from './pixels.ts';

/** Bytes of a linear congruential generator (Numerical Recipes), as scripts/pillow-pictures.py makes them. */
export function noise(width: number, height: number, channels: Pixels['channels']): Pixels {
  const data = new Uint8Array(width * height * channels);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = state >>> 24;
  }
  return { data, width, height, channels };
}
