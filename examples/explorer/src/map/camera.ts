import { FAR, type View } from '../state.ts';

/** How small, and how large, the map is shown. */
export const ZOOMS = [0.5, 400] as const;

const within = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** The nearest view that there is. */
export function boundedView({ x, y, zoom }: View): View {
  return { x: within(x, -FAR, FAR), y: within(y, -FAR, FAR), zoom: within(zoom, ...ZOOMS) };
}

/** How the unit square lies on a part of the page: pixel = place · scale + offset, in CSS pixels. */
export interface Camera {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/** As d3-zoom has it: applied to the pixels of the whole square. */
export interface Transform {
  readonly k: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What the tools and the legend take of a narrow map, in CSS pixels; a wide one has room beside its square. */
const NARROW = 520;
const TAKEN = { top: 56, right: 56, bottom: 44 };

/** The unit square before it is moved: as large as fits beside the tools, and in the middle of that. */
function squareOf({ width, height }: Size): { side: number; left: number; top: number } {
  const { top, right, bottom } = width < NARROW ? TAKEN : { top: 0, right: 0, bottom: 0 };
  const free = { width: width - right, height: height - top - bottom };
  const side = Math.max(1, Math.min(free.width, free.height));
  return { side, left: (free.width - side) / 2, top: top + (free.height - side) / 2 };
}

export function cameraOf(size: Size, { k, x, y }: Transform): Camera {
  const { side, left, top } = squareOf(size);
  return { scale: side * k, left: x + k * left, top: y + k * top };
}

export function viewOf(size: Size, transform: Transform): View {
  const { scale, left, top } = cameraOf(size, transform);
  const square = squareOf(size);
  return {
    x: (square.left + square.side / 2 - left) / scale,
    y: (square.top + square.side / 2 - top) / scale,
    zoom: transform.k,
  };
}

export function transformOf(size: Size, { x, y, zoom }: View): Transform {
  const { side, left, top } = squareOf(size);
  return {
    k: zoom,
    x: left + side / 2 - x * side * zoom - zoom * left,
    y: top + side / 2 - y * side * zoom - zoom * top,
  };
}
