import { gridOf } from '@latentkit/web/wasm';
import type { App, Panel } from '../app.ts';
import { deviationOf, REACH } from '../model/edits.ts';
import { namesOfLevels, rangeOfLevel } from '../model/levels.ts';
import { formatNumber, make } from '../page/dom.ts';
import { isEdited, UNEDITED } from '../state.ts';
import { cellsBlock } from './cells.ts';

/** Dimensions that get a slider, of all or of one level. */
const DIMENSIONS = 8;

/** Sliders of attributes and of the dimensions that carry most, level by level where there are levels; or cells. */
export function changePanel(app: App): Panel {
  const { info } = app.points;
  const { card } = app.bench.model;
  const levels = namesOfLevels(card);
  const grid = gridOf(card);
  const sliders = new Map<string, { input: HTMLInputElement; row: HTMLElement; step: number }>();

  /** @param step what one standard deviation is */
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
    sliders.set(name, { input, row, step });
    return row;
  };

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
  const levelOf = (dimension: number) =>
    levels.findIndex((_, level) => dimension < rangeOfLevel(card, level).to);
  const mostOf = (level: number) =>
    order.filter((i) => level < 0 || levelOf(i) === level).slice(0, DIMENSIONS);
  const rows = new Map<number, HTMLElement>();
  for (const i of grid ? [] : new Set([-1, ...levels.keys()].flatMap(mostOf))) {
    const dimension = info.dimensions[i] as (typeof info.dimensions)[number];
    const { kl, variance } = dimension;
    const hint =
      kl === undefined ? `variance ${variance.toPrecision(2)}` : `${formatNumber(kl, 2)} nats`;
    const title = levels.length > 0 ? `level ${levelOf(i) + 1}, z${i}` : `z${i}`;
    rows.set(i, slider(`z${i}`, title, hint, deviationOf(dimension)));
  }
  const heading = make('h3');
  const list = make('div', { className: 'block' });
  const showLevel = (level: number) => {
    const shown = mostOf(level);
    const of = level < 0 ? '' : ` of level ${level + 1}`;
    heading.textContent = `The ${shown.length} dimensions${of} that carry most`;
    list.replaceChildren(...shown.map((i) => rows.get(i) as HTMLElement));
  };
  const level = make(
    'select',
    { id: 'level', onchange: () => showLevel(Number(level.value)) },
    make('option', { value: '-1' }, 'all levels'),
    ...levels.map((name, i) => make('option', { value: String(i) }, name)),
  );
  showLevel(-1);
  const cells = grid && cellsBlock(app, grid);
  const reset = make(
    'button',
    { type: 'button', id: 'reset', onclick: () => app.store.set(UNEDITED, true) },
    'Back to where it was',
  );
  const root = make(
    'div',
    {},
    directions.length > 0
      ? make(
          'div',
          { className: 'block', id: 'directions' },
          make('h3', {}, 'Attributes'),
          ...directions,
        )
      : undefined,
    cells
      ? cells.root
      : make(
          'div',
          { className: 'block', id: 'dimensions' },
          heading,
          levels.length > 0
            ? make('div', { className: 'row' }, make('label', {}, 'Change', level))
            : undefined,
          list,
        ),
    make('div', { className: 'row' }, reset),
  );
  return {
    root,
    show(changed) {
      const { edits } = app.store.get();
      for (const [name, { input, row, step }] of sliders) {
        const amount = (edits[name] ?? 0) / step;
        if (Math.abs(input.valueAsNumber - amount) > 0.026) input.valueAsNumber = amount;
        (row.querySelector('output') as HTMLOutputElement).value =
          `${amount > 0 ? '+' : ''}${formatNumber(amount)}`;
        row.toggleAttribute('data-moved', amount !== 0);
      }
      reset.disabled = !isEdited(app.store.get());
      cells?.show(changed);
    },
  };
}
