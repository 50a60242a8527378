import { drawTo } from '@latentkit/web/wasm';
import type { App } from './app.ts';
import { latest } from './latest.ts';
import type { Place } from './map/map.ts';
import { element } from './page/dom.ts';

/** How far the lens stands from the pointer, in CSS pixels. */
const AWAY = 18;

/** A small picture beside the pointer: what the model decodes from the place under it. */
export function createLens(app: App) {
  const lens = element('lens');
  const canvas = lens.querySelector('canvas') as HTMLCanvasElement;
  const caption = lens.querySelector('span') as HTMLSpanElement;
  const { card } = app.bench.model;
  let place: Place | undefined;

  const show = async () => {
    if (!place) return;
    const here = place;
    const began = performance.now();
    const z = app.latentOf({ kind: 'place', x: here[0], y: here[1] });
    const { label } = app.store.get();
    const index = app.map.pointAt(here);
    const [nearest] = app.map.around.nearest(...here, 1);
    const spot = { kind: 'item', index: index ?? nearest?.index ?? 0 } as const;
    drawTo(canvas, await app.bench.decode(z, app.bench.labelOf(spot, label)), card);
    if (!place) return;
    const text = index === undefined ? 'in between' : (app.points.ids[index] as string);
    if (caption.textContent !== text) caption.textContent = text;
    move(here);
    // What a frame costs, script and decoding together: the bench reads it.
    performance.measure('lens', { start: began, end: performance.now() });
  };
  const showLatest = latest(show, app.failed);

  function move(at: Place): void {
    const [x, y] = app.map.toPixel(at);
    const { width, height } = app.map.size;
    lens.hidden = false;
    const [wide, high] = [lens.offsetWidth, lens.offsetHeight];
    const left = x + AWAY + wide > width ? x - AWAY - wide : x + AWAY;
    const top = Math.min(Math.max(8, y - high / 2), height - high - 8);
    lens.style.transform = `translate(${left}px, ${top}px)`;
  }

  return {
    over(next: Place | undefined): void {
      place = next;
      if (next) showLatest();
      else lens.hidden = true;
    },
  };
}
