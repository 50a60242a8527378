/** How the unit square lies on the canvas, in device pixels: pixel = place · scale + offset. */
export interface Frame {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
  /** Radius of a point, in device pixels. */
  readonly radius: number;
  /** 0 to 1 */
  readonly opacity: number;
}

/** Draws all points on one canvas. */
export interface Painter {
  readonly name: 'webgl' | 'canvas';
  setPositions(positions: Float32Array): void;
  /** @param colours [count × 4] */
  setColours(colours: Uint8Array): void;
  draw(frame: Frame): void;
}
