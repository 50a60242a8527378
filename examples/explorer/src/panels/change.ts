import { levelsOf } from '@latentkit/web/wasm';
import type { App, Panel } from '../app.ts';
import { formatNumber, make } from '../page/dom.ts';

/** Dimensions that get a slider. */
const DIMENSIONS = 8;
/** Directions that get a slider at first; the others are below them. */
const REACH = 4;

/** Sliders: attributes, and the dimensions that carry most. */
export function changePanel(app: App): Panel {
  const { info } = app.points;
  const sliders = new Map<string, { input: HTMLInputElement; row: HTMLElement }>();

  const slider = (name: string, title: string, hint: string, step: number) => {
    const input = make('input', {
      ...{ type: 'range', min: String(-REACH), max: String(REACH), step: '0.05', value: '0' },
      'aria-label': `${title}: ${hint}`,
    });
    const row = make(
      'label',
      { className: 'slider', title: hint },
      make('span', {}, title),
      input,
      make('output', {}, '0.0'),
    );
    input.addEventListener('input', () => {
      const amount = input.valueAsNumber * step;
      app.store.set({ edits: { ...app.store.get().edits, [name]: amount } });
    });
    sliders.set(name, { input, row });
    steps.set(name, step);
    return row;
  };
  const steps = new Map<string, number>();

  const directions = info.directions.map(({ name, r2 }) =>
    slider(
      name,
      name,
      `in standard deviations; a linear reading explains ${Math.round(100 * Math.max(0, r2))} % of it`,
      1,
    ),
  );
  const use = ({ kl, variance }: (typeof info.dimensions)[number]) => kl ?? variance;
  const order = [...info.dimensions.keys()].sort(
    (a, b) => use(info.dimensions[b] as never) - use(info.dimensions[a] as never),
  );
  const dimensions = order.slice(0, DIMENSIONS).map((i) => {
    const { kl, variance } = info.dimensions[i] as (typeof info.dimensions)[number];
    const hint =
      kl === undefined ? `variance ${variance.toPrecision(2)}` : `${formatNumber(kl, 2)} nats`;
    return slider(`z${i}`, levelled(app, i), hint, Math.sqrt(Math.max(variance, 1e-6)));
  });
  const reset = make(
    'button',
    { type: 'button', id: 'reset', onclick: () => app.store.set({ edits: {} }, true) },
    'Back to where it was',
  );
  const root = make(
    'div',
    {},
    ...(directions.length > 0
      ? [
          make(
            'div',
            { className: 'block', id: 'directions' },
            make('h3', {}, 'Attributes'),
            ...directions,
          ),
        ]
      : []),
    make(
      'div',
      { className: 'block', id: 'dimensions' },
      make('h3', {}, `The ${dimensions.length} dimensions that carry most`),
      ...dimensions,
    ),
    make('div', { className: 'row' }, reset),
  );
  return {
    root,
    show() {
      const { edits } = app.store.get();
      for (const [name, { input, row }] of sliders) {
        const amount = (edits[name] ?? 0) / (steps.get(name) as number);
        if (Math.abs(input.valueAsNumber - amount) > 0.026) input.valueAsNumber = amount;
        (row.querySelector('output') as HTMLOutputElement).value =
          `${amount > 0 ? '+' : ''}${formatNumber(amount)}`;
        row.toggleAttribute('data-moved', amount !== 0);
      }
      reset.disabled = Object.values(edits).every((amount) => amount === 0);
    },
  };
}

/** The name of a dimension; with its level, for a ladder of them. */
function levelled({ bench }: App, dimension: number): string {
  const levels = levelsOf(bench.model.card);
  if (levels.length === 1) return `z${dimension}`;
  let from = 0;
  for (const [level, size] of levels.entries()) {
    if (dimension < from + size) return `level ${level + 1}, z${dimension}`;
    from += size;
  }
  return `z${dimension}`;
}
