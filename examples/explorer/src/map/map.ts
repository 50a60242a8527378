import { select } from 'd3-selection';
import {
  type D3ZoomEvent,
  type ZoomBehavior,
  type ZoomTransform,
  zoom,
  zoomIdentity,
} from 'd3-zoom';
import type { Thumbnails } from '../data/thumbnails.ts';
import type { View } from '../state.ts';
import {
  boundedView,
  type Camera,
  cameraOf,
  type Transform,
  transformOf,
  viewOf,
  ZOOMS,
} from './camera.ts';
import { canvasPainter } from './canvas-painter.ts';
import { DensityLayer } from './density/density-layer.ts';
import { glPainter } from './gl-painter.ts';
import { insidePolygon } from './lasso.ts';
import type { Layout } from './layout.ts';
import { Overlay } from './overlay.ts';
import type { Painter } from './painter.ts';
import { Neighbourhood } from './surroundings.ts';

export type Place = readonly [x: number, y: number];

export interface MapEvents {
  /** The pointer is over a place, or has left the map. */
  hover(place: Place | undefined): void;
  /** A place was chosen, and the point that was meant by it, if one was. */
  pick(place: Place, index: number | undefined): void;
  /** What is seen has changed. */
  look(view: View): void;
  /** Points were lassoed. */
  lasso(indices: readonly number[]): void;
  failed(error: unknown): void;
}

/** How near a click must come to a point to mean it, in CSS pixels. */
const REACH = 9;
/** How strong the points are where lines of density say how many there are. */
const BELOW_DENSITY = 0.55;

/** The map of the points: drawn, panned, zoomed, lassoed. */
export class PointMap {
  painter: Painter;
  readonly overlay: Overlay;
  readonly density: DensityLayer;
  around!: Neighbourhood;
  layout!: Layout;
  readonly #surface: HTMLElement;
  #canvas: HTMLCanvasElement;
  readonly #events: MapEvents;
  readonly #zoom: ZoomBehavior<HTMLElement, unknown>;
  #transform: Transform = { k: 1, x: 0, y: 0 };
  #size = { width: 0, height: 0 };
  #drawing = false;
  #lassoing = false;
  #moved: (() => void)[] = [];

  constructor(
    parts: {
      readonly surface: HTMLElement;
      readonly points: HTMLCanvasElement;
      readonly overlay: HTMLCanvasElement;
      readonly density: HTMLCanvasElement;
      readonly thumbnails: Thumbnails;
    },
    events: MapEvents,
  ) {
    this.#surface = parts.surface;
    this.#canvas = parts.points;
    this.#events = events;
    this.#surface.tabIndex = 0;
    this.painter = glPainter(parts.points) ?? this.#withoutGl();
    this.overlay = new Overlay(parts.overlay, parts.thumbnails);
    this.density = new DensityLayer(parts.density, () => this.redraw(), events.failed);
    this.#zoom = zoom<HTMLElement, unknown>()
      .scaleExtent([...ZOOMS])
      .constrain((transform) => this.#transformOf(viewOf(this.#size, transform)))
      .filter((event: MouseEvent) => !(this.#lassoing && event.type !== 'wheel') && !event.button)
      .on('zoom', ({ transform, sourceEvent }: D3ZoomEvent<HTMLElement, unknown>) => {
        this.#transform = transform;
        this.redraw();
        if (sourceEvent) this.#events.look(this.view);
      });
    select(this.#surface).call(this.#zoom).on('dblclick.zoom', null);
    if (this.painter.name === 'webgl') {
      parts.points.addEventListener('webglcontextlost', () => this.#loseGl(), { once: true });
    }
    this.#listen();
    new ResizeObserver(() => this.#resize()).observe(this.#surface);
  }

  get view(): View {
    return viewOf(this.#size, this.#transform);
  }

  get camera(): Camera {
    return cameraOf(this.#size, this.#transform);
  }

  get size(): { readonly width: number; readonly height: number } {
    return this.#size;
  }

  /** Where a place is on the map's part of the page, in CSS pixels. */
  toPixel([x, y]: Place): Place {
    const { scale, left, top } = this.camera;
    return [x * scale + left, y * scale + top];
  }

  toPlace([x, y]: Place): Place {
    const { scale, left, top } = this.camera;
    return [(x - left) / scale, (y - top) / scale];
  }

  /** Called after each drawing, for what lies over the map. */
  onDraw(listener: () => void): void {
    this.#moved.push(listener);
  }

  setLayout(layout: Layout): void {
    this.layout = layout;
    this.around = new Neighbourhood(layout.positions);
    this.overlay.positions = layout.positions;
    this.painter.setPositions(layout.positions);
    this.redraw();
  }

  setColours(colours: Uint8Array): void {
    this.overlay.colours = colours;
    this.painter.setColours(colours);
    this.redraw();
  }

  /** Shows a part of the map, at once or on a way there. */
  look(view: View, { slowly = false } = {}): void {
    const target = this.#transformOf(view);
    const { k, x, y } = target;
    if (!slowly || wantsStillness()) {
      select(this.#surface).call(this.#zoom.transform, target);
      // What a person asked for is told like any other move of theirs.
      if (slowly) this.#events.look(this.view);
      return;
    }
    const from = this.#transform;
    const began = performance.now();
    const step = (now: number) => {
      const share = Math.min(1, (now - began) / 350);
      const eased = 1 - (1 - share) ** 3;
      // Zooms by equal factors, and keeps what is in the middle on a straight way.
      const zoomed = from.k * (k / from.k) ** eased;
      const weight = k === from.k ? eased : (zoomed - from.k) / (k - from.k);
      const at = zoomIdentity
        .translate(from.x + (x - from.x) * weight, from.y + (y - from.y) * weight)
        .scale(zoomed);
      select(this.#surface).call(this.#zoom.transform, share < 1 ? at : target);
      if (share < 1) requestAnimationFrame(step);
      else this.#events.look(this.view);
    };
    requestAnimationFrame(step);
  }

  /** Sees to it that a place is in sight. */
  reveal(place: Place): void {
    const [x, y] = this.toPixel(place);
    const { width, height } = this.#size;
    const rim = 0.08 * Math.min(width, height);
    if (x > rim && y > rim && x < width - rim && y < height - rim) return;
    this.look({ ...this.view, x: place[0], y: place[1] }, { slowly: true });
  }

  set lassoing(on: boolean) {
    this.#lassoing = on;
    this.#surface.dataset['tool'] = on ? 'lasso' : 'walk';
  }

  /** The point that is meant by a place on the page, if one is near enough. */
  pointAt(place: Place): number | undefined {
    const [nearest] = this.around.nearest(...place, 1);
    return nearest && nearest.distance * this.camera.scale <= REACH ? nearest.index : undefined;
  }

  redraw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  /** A canvas that was WebGL's once can never be drawn on otherwise: another takes its place. */
  #withoutGl(): Painter {
    const canvas = this.#canvas.cloneNode() as HTMLCanvasElement;
    this.#canvas.replaceWith(canvas);
    this.#canvas = canvas;
    return canvasPainter(canvas);
  }

  /** Goes on without WebGL, as after the loss of its context. */
  #loseGl(): void {
    this.painter = this.#withoutGl();
    if (this.layout) this.painter.setPositions(this.layout.positions);
    this.painter.setColours(this.overlay.colours);
    this.redraw();
  }

  #draw(): void {
    if (!this.layout || this.#size.width === 0) return;
    const density = this.#canvas.width / this.#size.width;
    const { scale, left, top } = this.camera;
    const count = this.layout.positions.length / 2;
    // Points grow with the zoom, by its square root, and are smaller where there are many.
    const first = Math.min(3.2, Math.max(0.9, 150 / Math.sqrt(count)));
    const radius = Math.min(6, first * Math.sqrt(this.#transform.k) ** 0.8);
    const pictured = this.#pictured();
    const opacity = (count > 30_000 ? 0.6 : 0.85) * (this.density.shown ? BELOW_DENSITY : 1);
    this.painter.draw({
      scale: scale * density,
      left: left * density,
      top: top * density,
      radius: radius * density,
      // Behind pictures, points only say how many there are.
      opacity: pictured.length > 0 ? 0.25 : opacity,
    });
    this.density.draw(this.camera, density, pictured.length > 0 ? 0.5 : 1);
    this.overlay.draw(this.camera, density, pictured);
    for (const listener of this.#moved) listener();
  }

  /** The points in sight, where there is room for their pictures. */
  #pictured(): number[] {
    const count = this.layout.positions.length / 2;
    // Of points that lie anyhow, so many are seen; where they crowd, twenty times as many.
    if (!this.overlay.hasRoom(count / Math.max(1, this.#transform.k) ** 2 / 20)) return [];
    const from = this.toPlace([0, 0]);
    const to = this.toPlace([this.#size.width, this.#size.height]);
    const seen = this.around.within(...from, ...to);
    return this.overlay.hasRoom(seen.length) ? seen : [];
  }

  #resize(): void {
    const { width, height } = this.#surface.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    const view = this.#size.width > 0 ? this.view : undefined;
    this.#size = { width, height };
    const density = Math.min(2, devicePixelRatio);
    for (const canvas of [this.#canvas, this.overlay.canvas, this.density.canvas]) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
    }
    this.#zoom.extent([
      [0, 0],
      [width, height],
    ]);
    if (view) this.look(view);
    this.redraw();
  }

  #transformOf(view: View): ZoomTransform {
    const { k, x, y } = transformOf(this.#size, boundedView(view));
    return zoomIdentity.translate(x, y).scale(k);
  }

  #placeOf({ clientX, clientY }: MouseEvent): Place {
    const { left, top } = this.#surface.getBoundingClientRect();
    return this.toPlace([clientX - left, clientY - top]);
  }

  #listen(): void {
    const surface = this.#surface;
    let line: Place[] | undefined;
    surface.addEventListener('pointermove', (event) => {
      if (line) {
        line.push(this.#placeOf(event));
        this.overlay.lasso = line;
        this.redraw();
      } else if (event.pointerType !== 'touch' && event.buttons === 0) {
        this.#events.hover(this.#placeOf(event));
      }
    });
    surface.addEventListener('pointerleave', () => this.#events.hover(undefined));
    surface.addEventListener('pointerdown', (event) => {
      if (!this.#lassoing || event.button !== 0) return;
      surface.setPointerCapture(event.pointerId);
      line = [this.#placeOf(event)];
      this.#events.hover(undefined);
    });
    const end = () => {
      const polygon = line;
      line = undefined;
      this.overlay.lasso = undefined;
      this.redraw();
      if (!polygon || polygon.length < 3) return;
      const [xs, ys] = [polygon.map(([x]) => x), polygon.map(([, y]) => y)];
      const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const;
      const inside = this.around.within(...box);
      this.#events.lasso(insidePolygon(polygon, inside, this.layout.positions));
    };
    surface.addEventListener('pointerup', end);
    surface.addEventListener('pointercancel', end);
    surface.addEventListener('click', (event) => {
      if (this.#lassoing) return;
      const place = this.#placeOf(event);
      this.#events.pick(place, this.pointAt(place));
    });
  }
}

const wantsStillness = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;
