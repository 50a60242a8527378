import { describe, expect, test } from '@jest/globals';
import { drawStrokes, makeStrokes, STROKE_FACTORS, type StrokeFactors } from './strokes.ts';

const middle: StrokeFactors = { class: 3, thickness: 2.5, slant: 0, scale: 0.9, x: 0, y: 0 };

function draw(changes: Partial<StrokeFactors> = {}): Float32Array {
  const image = new Float32Array(784).fill(0.5);
  drawStrokes({ ...middle, ...changes }, image);
  return image;
}

const ink = (image: Float32Array) => image.reduce((sum, value) => sum + value, 0);

function centroid(image: Float32Array, rows: [number, number] = [0, 28]): [number, number] {
  let [x, y, total] = [0, 0, 0];
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = 0; column < 28; column++) {
      const value = image[row * 28 + column] as number;
      x += value * column;
      y += value * row;
      total += value;
    }
  }
  return [x / total, y / total];
}

const height = (image: Float32Array) =>
  Array.from({ length: 28 }, (_, row) => image.subarray(row * 28, row * 28 + 28)).filter((row) =>
    row.some((value) => value > 0.5),
  ).length;

describe('drawStrokes', () => {
  test('the position factors move the digit by so many pixels', () => {
    const [x0, y0] = centroid(draw());
    const [x1, y1] = centroid(draw({ x: 1.5, y: -2 }));
    expect(x1 - x0).toBeCloseTo(1.5, 1);
    expect(y1 - y0).toBeCloseTo(-2, 1);
  });

  test('thickness adds ink, scale adds height', () => {
    expect(ink(draw({ thickness: 4 }))).toBeGreaterThan(1.8 * ink(draw({ thickness: 1.5 })));
    expect(height(draw({ scale: 1 })) - height(draw({ scale: 0.7 }))).toBeGreaterThanOrEqual(4);
  });

  test('slant leans the top to the right and the foot to the left', () => {
    const upright = draw({ class: 1 });
    const leaning = draw({ class: 1, slant: 0.4 });
    expect(centroid(leaning, [0, 12])[0]).toBeGreaterThan(centroid(upright, [0, 12])[0] + 1);
    expect(centroid(leaning, [16, 28])[0]).toBeLessThan(centroid(upright, [16, 28])[0] - 1);
  });

  test('edges are anti-aliased and values stay in [0, 1]', () => {
    const image = draw();
    expect(image.some((value) => value > 0.1 && value < 0.9)).toBe(true);
    expect(Math.min(...image)).toBe(0);
    expect(Math.max(...image)).toBe(1);
  });

  test('no digit is cut off at the border, at any end of any range', () => {
    for (let digit = 0; digit < 10; digit++) {
      for (let corner = 0; corner < 16; corner++) {
        const end = (name: 'slant' | 'x' | 'y', bit: number) =>
          STROKE_FACTORS[name][(corner >> bit) & 1] as number;
        const image = draw({
          class: digit,
          thickness: STROKE_FACTORS.thickness[1],
          scale: STROKE_FACTORS.scale[1],
          slant: end('slant', 0),
          x: end('x', 1),
          y: end('y', 2),
        });
        const border = image.filter((_, i) => i < 28 || i >= 756 || i % 28 === 0 || i % 28 === 27);
        expect(Math.max(...border)).toBeLessThan(0.6);
      }
    }
  });

  test('the ten digits differ from each other', () => {
    const images = Array.from({ length: 10 }, (_, digit) => draw({ class: digit }));
    for (const [a, first] of images.entries()) {
      for (const second of images.slice(a + 1)) {
        const distance = ink(first.map((value, i) => Math.abs(value - (second[i] as number))));
        expect(distance).toBeGreaterThan(20);
      }
    }
  });
});

describe('makeStrokes', () => {
  const data = makeStrokes(2000, 100, 7);

  test('returns as many items as asked for, with labels and factors that say how each was drawn', () => {
    expect(data.train.images).toHaveLength(2000 * 784);
    expect(data.test.count).toBe(100);
    const { names, values } = data.train.factors ?? { names: [], values: new Float32Array() };
    expect(values).toHaveLength(2000 * names.length);
    const row = values.subarray(5 * names.length, 6 * names.length);
    const factors = Object.fromEntries(names.map((name, i) => [name, row[i]])) as StrokeFactors;
    expect(factors.class).toBe(data.train.labels[5]);
    const again = draw(factors);
    const item = data.train.images.subarray(5 * 784, 6 * 784);
    // The factors are stored as float32, so that edges may move by a rounding.
    expect(
      Math.max(...again.map((value, i) => Math.abs(value - (item[i] as number)))),
    ).toBeLessThan(1e-4);
  });

  test('draws every class about as often, and factors over the whole of their ranges', () => {
    const counts = new Array(10).fill(0);
    for (const label of data.train.labels) counts[label]++;
    expect(Math.min(...counts)).toBeGreaterThan(140);
    expect(Math.max(...counts)).toBeLessThan(260);
    const { names, values } = data.train.factors ?? { names: [], values: new Float32Array() };
    for (const [f, name] of names.entries()) {
      const [low, high] = STROKE_FACTORS[name as keyof StrokeFactors];
      const column = values.filter((_, i) => i % names.length === f);
      expect(Math.min(...column)).toBeGreaterThanOrEqual(low - 1e-6);
      expect(Math.max(...column)).toBeLessThanOrEqual(high + 1e-6);
      expect(Math.max(...column) - Math.min(...column)).toBeGreaterThan(0.95 * (high - low));
    }
  });

  test('the seed decides, and test items are others than training items', () => {
    expect(makeStrokes(50, 10, 7).train.images).toEqual(data.train.images.slice(0, 50 * 784));
    expect(makeStrokes(50, 10, 8).train.images).not.toEqual(data.train.images.slice(0, 50 * 784));
    expect(data.test.images.slice(0, 784)).not.toEqual(data.train.images.slice(0, 784));
  });
});
