import type { App } from './app.ts';
import { element } from './page/dom.ts';
import { UNEDITED } from './state.ts';

/** Where the bench is on the map: it can be dragged, and what is under it changes along. */
export function createMarker(app: App) {
  const marker = element('marker');
  const surface = element('surface');
  const { map, store } = app;

  function show(): void {
    const [x, y] = map.toPixel(app.placeOfBench());
    marker.hidden = false;
    marker.style.transform = `translate(${x}px, ${y}px)`;
  }
  map.onDraw(show);
  marker.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    event.stopPropagation();
    marker.setPointerCapture(event.pointerId);
    surface.focus({ preventScroll: true });
  });
  marker.addEventListener('pointermove', (event) => {
    if (!marker.hasPointerCapture(event.pointerId)) return;
    const { left, top } = surface.getBoundingClientRect();
    const [x, y] = map.toPlace([event.clientX - left, event.clientY - top]);
    store.set({ spot: { kind: 'place', x, y }, ...UNEDITED });
  });
  marker.addEventListener('click', (event) => event.stopPropagation());
  // What lies under it is reached through it.
  marker.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      surface.dispatchEvent(new WheelEvent('wheel', event));
    },
    { passive: false },
  );
  return { show };
}
