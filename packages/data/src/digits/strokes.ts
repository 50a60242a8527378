import { createRandom } from '@latentkit/core';
import { checkFloats, checkInteger, checkObject } from '@latentkit/core/runtime';
import { type Dataset, DIGITS, type Split } from '../items/dataset.ts';
import { GLYPHS, type Point } from './stroke-glyphs.ts';

const SIDE = 28;
/** Height of a glyph at scale 1, in pixels; with the ranges below, no stroke leaves the image. */
const HEIGHT = 18;

/** The ranges from which each factor is drawn, uniformly and independently of the others. */
export const STROKE_FACTORS = {
  /** The digit. */
  class: [0, 9],
  /** Width of the pen, in pixels. */
  thickness: [1.4, 4],
  /** Horizontal shear: how far the top leans right, per unit of height. */
  slant: [-0.25, 0.45],
  /** Height of the glyph as a part of 18 pixels. */
  scale: [0.7, 1],
  /** Shift of the centre to the right, in pixels. */
  x: [-2, 2],
  /** Shift of the centre downwards, in pixels. */
  y: [-2, 2],
} as const satisfies Record<string, readonly [number, number]>;

export type StrokeFactors = Record<keyof typeof STROKE_FACTORS, number>;

const FACTOR_NAMES = Object.keys(STROKE_FACTORS) as (keyof StrokeFactors)[];

/**
 * Draws one digit as grey values in [0, 1].
 *
 * @param image [28 × 28], overwritten; a part of a larger array serves
 */
export function drawStrokes(factors: StrokeFactors, image: Float32Array): void {
  checkObject('factors', factors);
  checkFloats('image', image);
  image.fill(0);
  const size = HEIGHT * factors.scale;
  const centre = (SIDE - 1) / 2;
  const place = ([x, y]: Point): Point => [
    centre + factors.x + (x - factors.slant * y) * size,
    centre + factors.y + y * size,
  ];
  for (const stroke of GLYPHS[factors.class] ?? []) {
    let from = place(stroke[0] as Point);
    for (const point of stroke.slice(1)) {
      const to = place(point);
      drawSegment(from, to, factors.thickness / 2, image);
      from = to;
    }
  }
}

/** A line with round ends; a pixel takes the largest coverage of the segments that touch it. */
function drawSegment([ax, ay]: Point, [bx, by]: Point, radius: number, image: Float32Array): void {
  const reach = radius + 0.5;
  const left = Math.max(0, Math.ceil(Math.min(ax, bx) - reach));
  const right = Math.min(SIDE - 1, Math.floor(Math.max(ax, bx) + reach));
  const top = Math.max(0, Math.ceil(Math.min(ay, by) - reach));
  const bottom = Math.min(SIDE - 1, Math.floor(Math.max(ay, by) + reach));
  const dx = bx - ax;
  const dy = by - ay;
  const length2 = dx * dx + dy * dy;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const along = length2 > 0 ? ((x - ax) * dx + (y - ay) * dy) / length2 : 0;
      const t = Math.min(1, Math.max(0, along));
      const ex = x - ax - t * dx;
      const ey = y - ay - t * dy;
      // The edge is one pixel wide: an area estimate, exact for straight edges along the axes.
      const coverage = reach - Math.sqrt(ex * ex + ey * ey);
      const index = y * SIDE + x;
      if (coverage > (image[index] as number)) image[index] = Math.min(1, coverage);
    }
  }
}

function makeSplit(count: number, seed: number, stream: string): Split<Float32Array> {
  const random = createRandom(seed, stream);
  const images = new Float32Array(count * SIDE * SIDE);
  const labels = new Uint8Array(count);
  const values = new Float32Array(count * FACTOR_NAMES.length);
  for (let i = 0; i < count; i++) {
    const factors = {} as StrokeFactors;
    for (const [f, name] of FACTOR_NAMES.entries()) {
      const [low, high] = STROKE_FACTORS[name];
      factors[name] = name === 'class' ? random.integer(10) : low + (high - low) * random.uniform();
      values[i * FACTOR_NAMES.length + f] = factors[name];
    }
    labels[i] = factors.class;
    drawStrokes(factors, images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE));
  }
  return { images, labels, factors: { names: FACTOR_NAMES, values }, count };
}

/**
 * Procedural digits whose generating factors are known. The same seed gives the same pixels.
 *
 * @param seed an integer in [0, 2⁵³)
 * @throws ArgumentError
 */
export function makeStrokes(
  trainCount: number,
  testCount: number,
  seed: number,
): Dataset<Float32Array> {
  checkInteger('trainCount', trainCount, 1);
  checkInteger('testCount', testCount, 1);
  return {
    name: 'strokes',
    itemShape: [SIDE, SIDE, 1],
    valueRange: [0, 1],
    labelNames: DIGITS,
    train: makeSplit(trainCount, seed, 'strokes/train'),
    test: makeSplit(testCount, seed, 'strokes/test'),
    description:
      'Digits drawn in code, 28 × 28 grey, with known class, thickness, slant, scale and position.',
    provenance: `generated, seed ${seed}, ${trainCount} training and ${testCount} test items`,
  };
}
