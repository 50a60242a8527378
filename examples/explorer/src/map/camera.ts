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

export function cameraOf({ width, height }: Size, { k, x, y }: Transform): Camera {
  const side = Math.min(width, height);
  return {
    scale: side * k,
    left: x + (k * (width - side)) / 2,
    top: y + (k * (height - side)) / 2,
  };
}

export function viewOf({ width, height }: Size, transform: Transform): View {
  const { scale, left, top } = cameraOf({ width, height }, transform);
  return { x: (width / 2 - left) / scale, y: (height / 2 - top) / scale, zoom: transform.k };
}

export function transformOf({ width, height }: Size, { x, y, zoom }: View): Transform {
  const side = Math.min(width, height);
  return {
    k: zoom,
    x: width / 2 - x * side * zoom - (zoom * (width - side)) / 2,
    y: height / 2 - y * side * zoom - (zoom * (height - side)) / 2,
  };
}
