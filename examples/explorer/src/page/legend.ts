import { type Colouring, classColour, cssOf, rampColour, type Theme } from '../data/colours.ts';
import { SHARES_IN_WORDS, tintOf } from '../map/density/density-layer.ts';
import type { Store } from '../state.ts';
import { element, formatNumber, make } from './dom.ts';

/** Classes that are named; of more, the legend would cover the map. */
const NAMED = 24;

/** Says what the colours mean, and the lines of density; a class may be brought forward alone. */
export function showLegend(store: Store, colouring: Colouring, theme: Theme): void {
  const root = element('legend');
  const { density, focus } = store.get();
  root.toggleAttribute('data-focused', colouring.legend.kind === 'classes' && focus !== undefined);
  root.replaceChildren(
    ...(density ? [tints()] : []),
    colouring.legend.kind === 'range'
      ? ramp(colouring.title, colouring.legend, theme)
      : make('div', { className: 'classes' }, ...classes(store, colouring.legend.names, theme)),
  );
}

function ramp(
  title: string,
  { low, high }: { readonly low: number; readonly high: number },
  theme: Theme,
): HTMLElement {
  const bar = make('i');
  const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => cssOf(rampColour(share, theme)));
  bar.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
  const digits = Math.abs(high - low) < 1 ? 3 : Math.abs(high) < 20 ? 1 : 0;
  return make(
    'div',
    { className: 'ramp', role: 'img', 'aria-label': `${title}: from ${low} to ${high}` },
    make('span', {}, formatNumber(low, digits)),
    bar,
    make('span', {}, formatNumber(high, digits)),
  );
}

/** What share of the pictures each line of density goes around. */
function tints(): HTMLElement {
  const steps = SHARES_IN_WORDS.map((share, i) => {
    const step = make('i', {}, share);
    step.style.setProperty('--tint', `${(100 * tintOf(i + 1)).toFixed(1)}%`);
    return step;
  });
  const words = `Density: the lines go around ${SHARES_IN_WORDS.join(', ')} of the pictures`;
  return make(
    'div',
    { className: 'tints', role: 'img', 'aria-label': words, title: words },
    make('span', {}, 'inside each line'),
    ...steps,
  );
}

function classes(store: Store, names: readonly string[], theme: Theme): HTMLElement[] {
  const { focus } = store.get();
  return names.slice(0, NAMED).map((name, i) => {
    const dot = make('i');
    dot.style.background = cssOf(classColour(i, theme));
    return make(
      'button',
      {
        ...{ type: 'button', 'data-class': String(i) },
        'aria-pressed': String(focus === i),
        'aria-label': `Only ${name}`,
        onclick: () => {
          store.set({ focus: store.get().focus === i ? undefined : i }, true);
          // The legend was made anew.
          element('legend').querySelector<HTMLElement>(`[data-class="${i}"]`)?.focus();
        },
      },
      dot,
      name,
    );
  });
}
