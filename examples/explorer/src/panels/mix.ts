import { drawTo } from '@latentkit/web/wasm';
import type { App, Panel } from '../app.ts';
import { latest } from '../latest.ts';
import { formatCount, formatNumber, make } from '../page/dom.ts';
import type { State } from '../state.ts';

/** Pictures around the marker that make a group, for those who do not draw one. */
const AROUND = 50;

/** Arithmetic: the mean of one group less that of another, added to what is on the bench. */
export function mixPanel(app: App): Panel {
  const { store, bench, points } = app;
  const { card } = bench.model;
  const canvases = [0, 1].map(() => make('canvas', { className: 'item', 'aria-hidden': 'true' }));
  const result = make('canvas', {
    className: 'item',
    id: 'sum',
    role: 'img',
    'aria-label': 'The sum',
  });
  const amount = make('input', {
    ...{ type: 'range', min: '-2', max: '2', step: '0.05', value: '1', id: 'amount' },
    'aria-label': 'How much of the difference is added',
  });
  const told = make('output', {}, '1.0');
  const counts = [0, 1].map(() => make('p', { className: 'empty' }, 'Nothing yet'));
  const take = make(
    'button',
    { type: 'button', className: 'main', id: 'take' },
    'Take it to the bench',
  );
  const choices = [0, 1].map((g) => group(g as 0 | 1));
  const root = make(
    'div',
    {},
    make(
      'p',
      {},
      'Draw around pictures with the lasso, first one group, then another. What tells them apart is added to the picture above.',
    ),
    ...choices,
    make(
      'div',
      { className: 'sum' },
      ...['picture +', canvases[0] as HTMLElement, '−', canvases[1] as HTMLElement, '=', result],
    ),
    make('label', { className: 'slider' }, make('span', {}, 'times'), amount, told),
    make('div', { className: 'row' }, take),
  );

  function group(which: 0 | 1): HTMLElement {
    const title = which === 0 ? 'First group' : 'Second group';
    const put = (indices: readonly number[]) => {
      const { groups } = store.get();
      store.set({ groups: which === 0 ? [indices, groups[1]] : [groups[0], indices] });
    };
    const near = make(
      'button',
      {
        type: 'button',
        id: `around-${which}`,
        onclick: () => {
          const [x, y] = app.placeOfBench();
          put(app.map.around.nearest(x, y, AROUND).map(({ index }) => index));
        },
      },
      `The ${AROUND} around the marker`,
    );
    const { labels, info } = points;
    const byLabel = labels
      ? make(
          'select',
          {
            id: `group-${which}`,
            'aria-label': `${title}: all with a label`,
            onchange: (event: Event) => {
              const at = Number((event.target as HTMLSelectElement).value);
              if (at < 0) return;
              put(Array.from(labels.keys()).filter((i) => labels[i] === at));
            },
          },
          make('option', { value: '-1' }, 'All with the label …'),
          ...info.labels.map((name, i) => make('option', { value: String(i) }, name)),
        )
      : undefined;
    const clear = make('button', { type: 'button', onclick: () => put([]) }, 'Clear');
    return make(
      'div',
      { className: 'block' },
      make('h3', {}, title),
      counts[which],
      make('div', { className: 'row' }, near, byLabel, clear),
    );
  }

  /** The latent of the sum; undefined while a group is missing. */
  function sum(): Float32Array | undefined {
    const [first, second] = store.get().groups;
    if (first.length === 0 || second.length === 0) return undefined;
    const [a, b] = [bench.mean(first), bench.mean(second)];
    return app
      .current()
      .map((value, i) => value + amount.valueAsNumber * ((a[i] as number) - (b[i] as number)));
  }

  async function draw(): Promise<void> {
    const { groups, spot, label } = store.get();
    const asked = bench.labelOf(spot, label);
    for (const [g, indices] of groups.entries()) {
      const canvas = canvases[g] as HTMLCanvasElement;
      canvas.hidden = indices.length === 0;
      if (indices.length > 0) drawTo(canvas, await bench.decode(bench.mean(indices), asked), card);
    }
    const z = sum();
    take.disabled = !z;
    amount.disabled = !z;
    result.hidden = !z;
    if (z) drawTo(result, await bench.decode(z, asked), card);
  }
  const drawLatest = latest(draw, app.failed);

  amount.addEventListener('input', () => {
    told.value = formatNumber(amount.valueAsNumber);
    drawLatest();
  });
  take.addEventListener('click', () => {
    const z = sum();
    const name = `${app.nameOf(store.get().spot)} + ${formatNumber(amount.valueAsNumber)} × the difference`;
    if (z) app.choose({ kind: 'made', name, z });
  });

  return {
    root,
    show(changed?: ReadonlySet<keyof State>) {
      for (const [g, indices] of store.get().groups.entries()) {
        const at = counts[g] as HTMLElement;
        at.textContent =
          indices.length > 0 ? `${formatCount(indices.length)} pictures` : 'Nothing yet';
        at.classList.toggle('empty', indices.length === 0);
      }
      const names = ['groups', 'spot', 'edits', 'codes', 'label', 'tab', 'layout'] as const;
      if (!changed || names.some((name) => changed.has(name))) drawLatest();
    },
  };
}
