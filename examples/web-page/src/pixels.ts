/** Side of an MNIST image. */
export const SIDE = 28;

/** The drawing as one item of the model: [784] values from 0 (background) to 1 (ink). */
export function readDrawing(context: CanvasRenderingContext2D): Float32Array {
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => (data[4 * i] as number) / 255);
}

/** Paints items, [n × 784] values from 0 to 1, side by side. */
export function paintItems(context: CanvasRenderingContext2D, items: Float32Array): void {
  const size = SIDE * SIDE;
  for (let n = 0; n < items.length / size; n++) {
    const image = context.createImageData(SIDE, SIDE);
    for (let i = 0; i < size; i++) {
      const grey = Math.round((items[n * size + i] as number) * 255);
      image.data.set([grey, grey, grey, 255], 4 * i);
    }
    context.putImageData(image, n * SIDE, 0);
  }
}
