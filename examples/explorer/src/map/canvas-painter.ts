import type { Frame, Painter } from './painter.ts';

/** Shares of opacity below which a point is drawn faintly. */
const FAINT = 128;

/**
 * Sets the pixels of the points ourselves, for browsers without WebGL on a GPU: discs without smooth rims, each over
 * those before it, the faint ones below all others.
 */
export function canvasPainter(canvas: HTMLCanvasElement): Painter {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  let positions: Float32Array = new Float32Array();
  let colours: Uint8Array = new Uint8Array();
  let image = new ImageData(1, 1);

  /** Where the pixels of a disc are, from its middle on, in an image of this width. */
  function disc(radius: number, width: number): { reach: number; offsets: Int32Array } {
    const reach = Math.max(1, Math.round(radius));
    const offsets: number[] = [];
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        if (x * x + y * y <= radius * radius + 0.5) offsets.push(y * width + x);
      }
    }
    return { reach, offsets: Int32Array.from(offsets) };
  }

  return {
    name: 'canvas',
    setPositions(given) {
      positions = given;
    },
    setColours(given) {
      colours = given;
    },
    draw({ scale, left, top, radius, opacity }: Frame) {
      const { width, height } = canvas;
      if (width === 0 || height === 0) return;
      if (image.width !== width || image.height !== height) image = new ImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer);
      pixels.fill(0);
      const { reach, offsets } = disc(radius, width);
      for (const faint of [true, false]) {
        for (let i = 0; i < positions.length / 2; i++) {
          const alpha = colours[4 * i + 3] as number;
          if (alpha < FAINT !== faint) continue;
          const x = Math.round((positions[2 * i] as number) * scale + left);
          const y = Math.round((positions[2 * i + 1] as number) * scale + top);
          if (x < reach || y < reach || x >= width - reach || y >= height - reach) continue;
          // Little-endian, as every machine that browsers run on.
          const rgb =
            (colours[4 * i] as number) |
            ((colours[4 * i + 1] as number) << 8) |
            ((colours[4 * i + 2] as number) << 16);
          const pixel = (rgb | (Math.round(alpha * opacity) << 24)) >>> 0;
          const middle = y * width + x;
          for (let j = 0; j < offsets.length; j++) pixels[middle + (offsets[j] as number)] = pixel;
        }
      }
      context.putImageData(image, 0, 0);
    },
  };
}
