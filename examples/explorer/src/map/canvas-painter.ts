import type { Frame, Painter } from './painter.ts';

/** Draws the points into pixels of our own, for browsers without WebGL: discs without smooth rims, later ones on top. */
export function canvasPainter(canvas: HTMLCanvasElement): Painter {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  let positions = new Float32Array();
  let colours = new Uint8Array();
  let image = new ImageData(1, 1);
  return {
    name: 'canvas',
    setPositions(given) {
      positions = given as Float32Array<ArrayBuffer>;
    },
    setColours(given) {
      colours = given as Uint8Array<ArrayBuffer>;
    },
    draw({ scale, left, top, radius, opacity }: Frame) {
      const { width, height } = canvas;
      if (width === 0 || height === 0) return;
      if (image.width !== width || image.height !== height) image = new ImageData(width, height);
      const { data } = image;
      data.fill(0);
      const reach = Math.max(1, Math.round(radius));
      for (let i = 0; i < positions.length / 2; i++) {
        const x = Math.round((positions[2 * i] as number) * scale + left);
        const y = Math.round((positions[2 * i + 1] as number) * scale + top);
        if (x < reach || y < reach || x >= width - reach || y >= height - reach) continue;
        const share = ((colours[4 * i + 3] as number) / 255) * opacity;
        for (let dy = -reach; dy <= reach; dy++) {
          for (let dx = -reach; dx <= reach; dx++) {
            if (dx * dx + dy * dy > radius * radius + 0.5) continue;
            const at = 4 * ((y + dy) * width + x + dx);
            const below = ((data[at + 3] as number) / 255) * (1 - share);
            const alpha = share + below;
            for (let c = 0; c < 3; c++) {
              const over = (colours[4 * i + c] as number) * share;
              data[at + c] = (over + (data[at + c] as number) * below) / alpha;
            }
            data[at + 3] = 255 * alpha;
          }
        }
      }
      context.putImageData(image, 0, 0);
    },
  };
}
