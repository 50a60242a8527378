/**
 * The pen strokes of the ten digits: points joined by straight lines, in a frame one unit high
 * (y from −½ at the top to ½) and centred on the origin.
 */
export type Glyph = readonly (readonly Point[])[];
export type Point = readonly [x: number, y: number];

/** Points along an ellipse, from one angle to another in degrees; 0° is right, 90° is down. */
function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number): Point[] {
  const pieces = Math.max(2, Math.ceil(Math.abs(to - from) / 24));
  return Array.from({ length: pieces + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / pieces) * Math.PI) / 180;
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)] as const;
  });
}

export const GLYPHS: readonly Glyph[] = [
  // 0
  [arc(0, 0, 0.29, 0.5, -90, 270)],
  // 1: a flag, the stem
  [
    [
      [-0.16, -0.32],
      [0.04, -0.5],
      [0.04, 0.5],
    ],
  ],
  // 2: the bow, the diagonal, the base
  [[...arc(0, -0.23, 0.28, 0.27, -165, 35), [-0.29, 0.5], [0.3, 0.5]]],
  // 3: two bows
  [[...arc(-0.01, -0.25, 0.26, 0.25, -150, 90), ...arc(-0.01, 0.24, 0.3, 0.26, -90, 150)]],
  // 4: down and across, the stem
  [
    [
      [0.12, -0.5],
      [-0.32, 0.18],
      [0.33, 0.18],
    ],
    [
      [0.12, -0.5],
      [0.12, 0.5],
    ],
  ],
  // 5: the roof, the neck, the bow
  [[[0.26, -0.5], [-0.2, -0.5], [-0.23, -0.06], ...arc(-0.02, 0.18, 0.3, 0.32, -130, 140)]],
  // 6: the sweep, the loop
  [[...arc(0.24, 0.2, 0.52, 0.7, -88, -180), ...arc(0, 0.2, 0.28, 0.3, 180, -180)]],
  // 7: the roof, the diagonal
  [
    [
      [-0.29, -0.5],
      [0.3, -0.5],
      [-0.08, 0.5],
    ],
  ],
  // 8: two loops
  [arc(0, -0.25, 0.23, 0.25, 90, -270), arc(0, 0.25, 0.29, 0.25, -90, 270)],
  // 9: the loop, the tail
  [[...arc(0, -0.2, 0.28, 0.3, 0, -360), ...arc(-0.24, -0.2, 0.52, 0.7, 0, 88)]],
];
