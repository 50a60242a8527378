import type { Camera } from '../camera.ts';
import { type Contour, SHARES } from './contours.ts';

/** Opacity of the ink of one band, which lies over those around it, and of its line. */
const BAND = 0.075;
const LINE = 0.42;

/** The opacity of so many bands over one another: what a legend shows. */
export const tintOf = (bands: number): number => 1 - (1 - BAND) ** bands;

/** Where points crowd: bands and lines of density below them, computed by a worker once they are asked for. */
export class DensityLayer {
  readonly canvas: HTMLCanvasElement;
  ink = '#000';
  readonly #arrived: () => void;
  readonly #failed: (error: unknown) => void;
  #worker: Worker | undefined;
  /** Of the points that the worker is at, or was last. */
  #positions: Float32Array | undefined;
  /** Answers that are still to come: but the last, they are of points that are no longer shown. */
  #due = 0;
  #paths: readonly Path2D[] = [];

  /** @param arrived called when the lines have come */
  constructor(canvas: HTMLCanvasElement, arrived: () => void, failed: (error: unknown) => void) {
    this.canvas = canvas;
    this.#arrived = arrived;
    this.#failed = failed;
  }

  get shown(): boolean {
    return this.#paths.length > 0;
  }

  /** @param positions [n × 2] in the unit square; undefined for no density */
  show(positions: Float32Array | undefined): void {
    if (positions === this.#positions) return;
    this.#positions = positions;
    if (positions) {
      this.#due += 1;
      this.#started().postMessage(positions);
    } else {
      this.#paths = [];
      this.canvas.removeAttribute('data-bands');
      this.#arrived();
    }
  }

  /** @param strength less than 1 where something else is to be seen */
  draw({ scale, left, top }: Camera, density: number, strength: number): void {
    const context = this.canvas.getContext('2d') as CanvasRenderingContext2D;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const zoom = scale * density;
    context.setTransform(zoom, 0, 0, zoom, left * density, top * density);
    context.fillStyle = this.ink;
    context.strokeStyle = this.ink;
    context.lineWidth = density / zoom;
    for (const path of this.#paths) {
      context.globalAlpha = BAND * strength;
      context.fill(path, 'evenodd');
      context.globalAlpha = LINE * strength;
      context.stroke(path);
    }
  }

  #started(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./contours-worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<readonly Contour[]>) => {
      this.#due -= 1;
      if (this.#due > 0 || !this.#positions) return;
      this.#paths = data.map(pathOf);
      this.canvas.dataset['bands'] = String(this.#paths.length);
      this.#arrived();
    });
    worker.addEventListener('error', ({ message }) => {
      this.#failed(new Error(`The density cannot be computed: ${message || 'no worker starts.'}`));
    });
    this.#worker = worker;
    return worker;
  }
}

function pathOf({ rings }: Contour): Path2D {
  const path = new Path2D();
  for (const ring of rings) {
    path.moveTo(ring[0] as number, ring[1] as number);
    for (let i = 2; i < ring.length; i += 2) path.lineTo(ring[i] as number, ring[i + 1] as number);
    path.closePath();
  }
  return path;
}

/** The lines in words, the outermost first. */
export const SHARES_IN_WORDS = SHARES.map((share) => `${Math.round(100 * share)} %`);
