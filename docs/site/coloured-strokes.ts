import { createRandom } from '@latentkit/core';
import { type Dataset, datasetOf, makeStrokes, readItems } from '@latentkit/data';

const SIDE = 28;
/** Light and saturation of paper and ink, which share neither. */
const PAPER = { light: 0.9, saturation: 0.5 };
const INK = { light: 0.42, saturation: 0.75 };

/**
 * Digits of strokes, each in an ink of any hue on a paper of another: pictures in colour that come from no file.
 *
 * @param count of all items, which are split for good
 */
export function colouredStrokes(count: number, seed: number): Dataset {
  const { test: grey, labelNames } = makeStrokes(1, count, seed);
  const random = createRandom(seed, 'coloured strokes');
  const coverage = readItems(grey, 0, count);
  const area = SIDE * SIDE;
  const images = new Float32Array(3 * coverage.length);
  const { names, values } = grey.factors ?? { names: [], values: new Float32Array() };
  const width = names.length;
  const factors = new Float32Array(count * (width + 1));
  for (let i = 0; i < count; i++) {
    const hue = random.uniform();
    const [ink, paper] = [rgbOf(hue, INK), rgbOf(random.uniform(), PAPER)];
    for (let at = i * area; at < (i + 1) * area; at++) {
      const share = coverage[at] as number;
      for (let c = 0; c < 3; c++) {
        images[3 * at + c] = share * (ink[c] as number) + (1 - share) * (paper[c] as number);
      }
    }
    factors.set(values.subarray(i * width, (i + 1) * width), i * (width + 1));
    factors[i * (width + 1) + width] = hue;
  }
  return datasetOf({
    images,
    itemShape: [SIDE, SIDE, 3],
    labels: Array.from(grey.labels, (label) => labelNames[label] as string),
    factors: { names: [...names, 'hue'], values: factors },
    name: 'coloured strokes',
    testShare: 0.25,
  });
}

/** Red, green and blue in [0, 1] of a hue in [0, 1] (HSL). */
function rgbOf(
  hue: number,
  { light, saturation }: { readonly light: number; readonly saturation: number },
): number[] {
  const reach = saturation * Math.min(light, 1 - light);
  return [0, 8, 4].map((offset) => {
    const at = (offset + 12 * hue) % 12;
    return light - reach * Math.max(-1, Math.min(at - 3, 9 - at, 1));
  });
}
