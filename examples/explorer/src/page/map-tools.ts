import type { Colouring } from '../data/colours.ts';
import type { Points } from '../data/load-points.ts';
import type { PointMap } from '../map/map.ts';
import type { State, Store } from '../state.ts';
import { element, make } from './dom.ts';
import { ICONS } from './icons.ts';

/** The controls on the map: what is laid out, coloured and shown, how near. */
export function startMapTools(
  store: Store,
  map: PointMap,
  { info, size }: Points,
  colours: readonly Colouring[],
): void {
  const layout = element<HTMLSelectElement>('layout');
  layout.replaceChildren(
    make('option', { value: 'umap' }, 'UMAP'),
    make('option', { value: 'pca' }, 'PCA'),
    ...(size > 1 ? [make('option', { value: 'dimensions' }, 'two dimensions')] : []),
  );
  const use = info.dimensions.map(({ kl, variance }, i) => ({ use: kl ?? variance, i }));
  const [first, second] = use.sort((a, b) => b.use - a.use).map(({ i }) => i);
  const axes = ['axis-x', 'axis-y'].map((id) => element<HTMLSelectElement>(id));
  for (const select of axes) {
    select.replaceChildren(
      ...Array.from({ length: size }, (_, i) => make('option', { value: String(i) }, `z${i}`)),
    );
    select.addEventListener('change', () => {
      const [x, y] = axes.map(({ value }) => Number(value)) as [number, number];
      store.set({ layout: { kind: 'dimensions', axes: [x, y] } }, true);
    });
  }
  layout.addEventListener('change', () => {
    const kind = layout.value as State['layout']['kind'];
    const { spot } = store.get();
    store.set(
      {
        layout: kind === 'dimensions' ? { kind, axes: [first ?? 0, second ?? 1] } : { kind },
        // A place of one map is none of another.
        ...(spot.kind === 'place' ? { spot: { kind: 'item', index: 0 } } : {}),
        ...(spot.kind === 'item' ? { base: spot.index } : {}),
      },
      true,
    );
  });
  const colour = element<HTMLSelectElement>('colour');
  colour.replaceChildren(
    ...colours.map(({ name, title }) => make('option', { value: name }, title)),
  );
  colour.addEventListener('change', () =>
    store.set({ colour: colour.value, focus: undefined }, true),
  );
  const lasso = element('lasso');
  lasso.addEventListener('click', () => {
    const on = lasso.getAttribute('aria-pressed') !== 'true';
    lasso.setAttribute('aria-pressed', String(on));
    map.lassoing = on;
  });
  element('density').addEventListener('click', () =>
    store.set({ density: !store.get().density }, true),
  );
  for (const [id, act] of [
    ['closer', () => map.look({ ...map.view, zoom: map.view.zoom * 1.6 }, { slowly: true })],
    ['further', () => map.look({ ...map.view, zoom: map.view.zoom / 1.6 }, { slowly: true })],
    ['whole', () => map.look({ x: 0.5, y: 0.5, zoom: 1 }, { slowly: true })],
  ] as const) {
    element(id).innerHTML = ICONS[id];
    element(id).addEventListener('click', act);
  }
  lasso.innerHTML = ICONS.lasso;
  element('density').innerHTML = ICONS.density;
}

/** Puts what is chosen into the selects, which an address or "back" may have chosen. */
export function showChoices({ layout, colour, density, label }: State): void {
  element<HTMLSelectElement>('layout').value = layout.kind;
  element<HTMLSelectElement>('colour').value = colour;
  element('axes').hidden = layout.kind !== 'dimensions';
  if (layout.kind === 'dimensions') {
    element<HTMLSelectElement>('axis-x').value = String(layout.axes[0]);
    element<HTMLSelectElement>('axis-y').value = String(layout.axes[1]);
  }
  element('density').setAttribute('aria-pressed', String(density));
  element<HTMLSelectElement>('label').value = label ?? '';
}
