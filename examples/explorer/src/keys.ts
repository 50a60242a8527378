import type { App } from './app.ts';
import type { Place } from './map/map.ts';
import { UNEDITED } from './state.ts';

/** How far an arrow moves the marker, in CSS pixels; and with Shift. */
const STEP = 8;
const STRIDE = 48;
/** Pictures that N goes through before it begins again. */
const TRAIL = 24;

const MOVES: Readonly<Record<string, Place>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The map by keyboard: the marker walks, and what is under it is decoded. */
export function startKeys(app: App, surface: HTMLElement): void {
  const { map, store } = app;
  /** The pictures that N goes through, the nearest first, and at which of them it is. */
  let trail: readonly number[] = [];
  let at = 0;

  surface.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = app.placeOfBench();
    const move = MOVES[event.key];
    const { view } = map;
    if (move) {
      const far = event.shiftKey ? STRIDE : STEP;
      const [x, y] = map.toPixel(here);
      const [nextX, nextY] = map.toPlace([x + move[0] * far, y + move[1] * far]);
      store.set({ spot: { kind: 'place', x: nextX, y: nextY }, ...UNEDITED });
      map.reveal([nextX, nextY]);
      trail = [];
    } else if (event.key === '+' || event.key === '=') {
      map.look({ x: here[0], y: here[1], zoom: view.zoom * 1.5 }, { slowly: true });
    } else if (event.key === '-') {
      map.look({ ...view, zoom: view.zoom / 1.5 }, { slowly: true });
    } else if (event.key === '0') {
      map.look({ x: 0.5, y: 0.5, zoom: 1 }, { slowly: true });
    } else if (event.key === 'Enter') {
      const [nearest] = map.around.nearest(...here, 1);
      if (nearest) app.choose({ kind: 'item', index: nearest.index });
      trail = [];
    } else if (event.key === 'n' || event.key === 'N') {
      if (trail.length === 0) {
        trail = map.around.nearest(...here, TRAIL).map(({ index }) => index);
        at = 0;
      }
      at += 1;
      app.choose({ kind: 'item', index: trail[at % trail.length] as number });
    } else if (event.key === 'd' || event.key === 'D') {
      const density = !store.get().density;
      store.set({ density }, true);
      app.say(density ? 'Density is shown.' : 'Density is hidden.');
    } else {
      return;
    }
    event.preventDefault();
  });
}
