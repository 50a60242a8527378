import { type Colouring, classColour, cssOf, rampColour, type Theme } from '../data/colours.ts';
import type { Store } from '../state.ts';
import { element, formatNumber, make } from './dom.ts';

/** Classes that are named; of more, the legend would cover the map. */
const NAMED = 24;

/** Says what the colours mean; a class may be brought forward alone. */
export function showLegend(store: Store, { legend, title }: Colouring, theme: Theme): void {
  const root = element('legend');
  const { focus } = store.get();
  root.toggleAttribute('data-focused', legend.kind === 'classes' && focus !== undefined);
  if (legend.kind === 'range') {
    const bar = make('i');
    const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => cssOf(rampColour(share, theme)));
    bar.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
    const digits = Math.abs(legend.high - legend.low) < 1 ? 3 : Math.abs(legend.high) < 20 ? 1 : 0;
    root.replaceChildren(
      make(
        'div',
        {
          className: 'ramp',
          role: 'img',
          'aria-label': `${title}: from ${legend.low} to ${legend.high}`,
        },
        make('span', {}, formatNumber(legend.low, digits)),
        bar,
        make('span', {}, formatNumber(legend.high, digits)),
      ),
    );
    return;
  }
  const buttons = legend.names.slice(0, NAMED).map((name, i) => {
    const dot = make('i');
    dot.style.background = cssOf(classColour(i, theme));
    return make(
      'button',
      {
        type: 'button',
        'aria-pressed': String(focus === i),
        'aria-label': `Only ${name}`,
        onclick: () => {
          store.set({ focus: store.get().focus === i ? undefined : i }, true);
          (root.children[i] as HTMLElement | undefined)?.focus();
        },
      },
      dot,
      name,
    );
  });
  root.replaceChildren(...buttons);
}
