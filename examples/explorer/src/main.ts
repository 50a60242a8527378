import { gridOf, LatentkitError, levelsOf } from '@latentkit/web/wasm';
import { fromHash, toHash } from './address.ts';
import { type App, sameSpot } from './app.ts';
import { type Colouring, colourings, paint } from './data/colours.ts';
import { loadPoints, loadSettings, type Points } from './data/load-points.ts';
import { Thumbnails } from './data/thumbnails.ts';
import { startKeys } from './keys.ts';
import { createLens } from './lens.ts';
import { layoutOf } from './map/layout.ts';
import { type Place, PointMap } from './map/map.ts';
import { createMarker } from './marker.ts';
import { cellsOf } from './model/cells.ts';
import { reachOfEdits } from './model/edits.ts';
import { loadModel, loadSiteCard, type Model } from './model/load-model.ts';
import { Workbench } from './model/workbench.ts';
import { startOwnPicture } from './own-picture.ts';
import { element, formatCount, make } from './page/dom.ts';
import { showLegend } from './page/legend.ts';
import { showChoices, startMapTools } from './page/map-tools.ts';
import { startTabs } from './page/tabs.ts';
import { startTheme, themeOf } from './page/theme.ts';
import { changePanel } from './panels/change.ts';
import { mixPanel } from './panels/mix.ts';
import { modelPanel } from './panels/model.ts';
import { morphPanel } from './panels/morph.ts';
import { nearPanel } from './panels/near.ts';
import { samplePanel } from './panels/sample.ts';
import { startSearch } from './search.ts';
import { createStage } from './stage.ts';
import { createStore, isEdited, type State, UNEDITED } from './state.ts';

const subtitle = element('subtitle');

function failed(error: unknown): void {
  console.error(error);
  // The messages of the library say what to do.
  subtitle.textContent =
    LatentkitError.isInstance(error) || error instanceof Error ? error.message : String(error);
  subtitle.dataset['failed'] = '';
}

/** Shows something in the place of what is said while nothing happens. */
function tell(text: string): void {
  subtitle.textContent = text;
  delete subtitle.dataset['failed'];
}

async function start(): Promise<void> {
  const reading = loadSiteCard();
  const loading = Promise.all([loadSettings(), reading]).then(([settings, card]) =>
    loadModel(settings, card, ({ loaded, total }) => {
      const waiting = !document.body.dataset['ready'] && subtitle.dataset['failed'] === undefined;
      if (waiting && total) {
        subtitle.textContent = `Loading the model: ${Math.round((100 * loaded) / total)} %`;
      }
    }),
  );
  // Waited for below: until then a failure is nobody's.
  loading.catch(() => {});
  const [points, card] = await Promise.all([loadPoints(), reading]);
  document.title = `${points.info.model.name}: explorer`;
  element('title').textContent = points.info.model.name;
  const { ink } = points.info.thumbnails;
  if (ink) document.documentElement.dataset['ink'] = ink;

  const colours = colourings(points);
  const standard = standardState(points, colours[0]?.name ?? 'cluster');
  const known = {
    ...{ count: points.count, size: points.size },
    colours: colours.map(({ name }) => name),
    labels: card.condition?.labels ?? [],
    ...{ cells: cellsOf(card), codes: gridOf(card)?.codes ?? 0, levels: levelsOf(card).length },
    edits: reachOfEdits(points.info, card),
  };
  const store = createStore(fromHash(location.hash, standard, known));
  const colouring = () =>
    colours.find(({ name }) => name === store.get().colour) ?? (colours[0] as (typeof colours)[0]);

  let lens: ReturnType<typeof createLens> | undefined;
  let app: App | undefined;
  const thumbnails = new Thumbnails(points.info.thumbnails, () => map.redraw());
  const map = new PointMap(
    {
      surface: element('surface'),
      points: element<HTMLCanvasElement>('points'),
      overlay: element<HTMLCanvasElement>('overlay'),
      density: element<HTMLCanvasElement>('density-lines'),
      thumbnails,
    },
    {
      hover: (place) => lens?.over(place),
      pick: (place, index) =>
        app?.choose(
          index === undefined
            ? { kind: 'place', x: place[0], y: place[1] }
            : { kind: 'item', index },
        ),
      look: (view) => store.set({ view }),
      lasso(indices) {
        const { groups } = store.get();
        const first = groups[0].length === 0 || groups[1].length > 0;
        store.set({ groups: first ? [indices, []] : [groups[0], indices], tab: 'mix' }, true);
      },
      failed,
    },
  );

  const arrange = () => map.setLayout(layoutOf(points, store.get().layout));
  const recolour = () => {
    const theme = themeOf();
    map.overlay.accent = theme === 'dark' ? '#ff9d76' : '#a3401f';
    map.density.ink = theme === 'dark' ? '#ebe8e1' : '#211f1a';
    map.setColours(paint(colouring(), theme, store.get().focus));
    showLegend(store, colouring(), theme);
  };
  const showDensity = () => {
    const { density, focus } = store.get();
    const { positions } = map.layout;
    map.density.show(density ? ofClass(positions, colouring(), focus) : undefined);
  };
  arrange();
  recolour();
  showDensity();
  startMapTools(store, map, points, colours);
  document.body.dataset['map'] = map.painter.name;
  // The size of the map is known in the next frame.
  requestAnimationFrame(() => requestAnimationFrame(() => map.look(store.get().view)));

  const model = await loading;
  const bench = new Workbench(model, points);
  const scores = new WeakMap<Float32Array, number>();
  let benchPlace: Place | undefined;
  const made: App = {
    ...{ store, points, thumbnails, map, bench, failed, tell },
    latentOf: (spot) => bench.latentOf(spot, store.get(), map),
    current() {
      const state = store.get();
      return bench.edit(made.latentOf(state.spot), state);
    },
    placeOfBench() {
      const { spot, layout } = store.get();
      const edited = isEdited(store.get());
      if (spot.kind === 'place' && !edited) return [spot.x, spot.y];
      if (spot.kind === 'item' && !edited) {
        const { positions } = map.layout;
        return [positions[2 * spot.index] as number, positions[2 * spot.index + 1] as number];
      }
      benchPlace ??= bench.placeOf(made.current(), { layout, map: map.layout });
      return benchPlace;
    },
    nameOf(spot) {
      if (spot.kind === 'item') return points.ids[spot.index] as string;
      if (spot.kind === 'place') return 'In between';
      return spot.kind === 'sample' ? `Sample ${spot.at + 1}` : spot.name;
    },
    choose(spot) {
      // Where the axes are dimensions, a picture gives all the others from then on.
      const base = spot.kind === 'item' ? { base: spot.index } : {};
      store.set({ spot, ...UNEDITED, ...base }, true);
      map.reveal(made.placeOfBench());
      made.say(`${made.nameOf(spot)}. ${element('stage-note').textContent}.`);
    },
    scoreOfOwn: (z) => scores.get(z),
    say(text) {
      element('said').textContent = text;
    },
  };
  app = made;
  const stage = createStage(made);
  const marker = createMarker(made);
  const tabs = startTabs(store, {
    near: () => nearPanel(made),
    change: () => changePanel(made),
    morph: () => morphPanel(made),
    mix: () => mixPanel(made),
    sample: () => samplePanel(made),
    model: () => modelPanel(made),
  });
  lens = createLens(made);
  startKeys(made, element('surface'));
  startSearch(made);
  startCondition(made);
  startOwnPicture(async (file) => {
    const { z, score } = await bench.look(file, store.get().label);
    scores.set(z, score);
    const spot = { kind: 'picture', name: file.name || 'Your picture', z } as const;
    await stage.keep(spot, file);
    made.choose(spot);
    store.set({ tab: 'near' });
  }, made);
  const counts = `${formatCount(points.count)} pictures of ${points.info.data}, each as ${points.size} numbers`;
  tell(counts);
  showBadge(model.decoder.device);

  const forAll = ['spot', 'edits', 'codes', 'layout', 'base', 'label'] as const;
  store.onChange((changed, keep) => {
    const state = store.get();
    const has = (...names: readonly (keyof State)[]) => names.some((name) => changed.has(name));
    // What was told was of what was done before; to look around is to do nothing.
    if ([...changed].some((name) => name !== 'view')) tell(counts);
    if (has('layout')) arrange();
    if (has('layout', 'spot', 'edits', 'codes', 'base')) benchPlace = undefined;
    if (has('colour', 'focus', 'density')) recolour();
    if (has('layout', 'colour', 'focus', 'density')) showDensity();
    if (has('groups', 'tab')) showGroups(state);
    if (has(...forAll)) stage.update();
    if (has('spot', 'edits', 'codes', 'layout', 'base')) marker.show();
    if (has('layout', 'colour', 'density', 'label')) showChoices(state);
    tabs.show(changed);
    writeAddress(state, keep);
  });
  function showGroups({ groups, tab }: State): void {
    map.overlay.rings =
      tab === 'mix'
        ? groups.map((indices, g) => ({ colour: GROUP_COLOURS[g] as string, indices }))
        : [];
    if (tab !== 'morph') map.overlay.way = [];
    map.redraw();
  }
  addEventListener('popstate', () => {
    // What no address holds stays.
    const { spot, groups } = store.get();
    const next = fromHash(location.hash, { ...standard, groups, spot }, known);
    map.look(next.view);
    restoring = true;
    store.set({ ...next, spot: sameSpot(next.spot, spot) ? spot : next.spot });
    restoring = false;
  });
  startTheme(() => {
    recolour();
    stage.update();
  });
  showChoices(store.get());
  stage.update();
  marker.show();
  showGroups(store.get());
  tabs.show();
  writeAddress(store.get(), false);
  document.body.dataset['ready'] = 'true';
  keepForOffline(model);
}

/** The positions of a class, where one is brought forward alone; else all of them. */
function ofClass(
  positions: Float32Array,
  { legend, values }: Colouring,
  focus: number | undefined,
): Float32Array {
  if (focus === undefined || legend.kind !== 'classes') return positions;
  return positions.filter((_, i) => values[i >> 1] === focus);
}

const GROUP_COLOURS = ['#2f8f5b', '#a04fd0'] as const;

function standardState({ labels, count }: Points, colour: string): State {
  const first = labels?.[0];
  const other = labels?.findIndex((label) => label !== first) ?? -1;
  return {
    layout: { kind: 'umap' },
    colour,
    focus: undefined,
    density: false,
    view: { x: 0.5, y: 0.5, zoom: 1 },
    spot: { kind: 'item', index: 0 },
    base: undefined,
    ...UNEDITED,
    tab: 'near',
    from: { kind: 'item', index: 0 },
    to: { kind: 'item', index: other > 0 ? other : Math.min(1, count - 1) },
    path: 'slerp',
    sampling: { sampler: 'prior', seed: 1, temperature: 0.9, level: undefined },
    label: undefined,
    groups: [[], []],
  };
}

/** For a conditional model: which label it is asked for. */
function startCondition({ bench, store }: App): void {
  const labels = bench.model.card.condition?.labels;
  if (!labels) return;
  const select = element<HTMLSelectElement>('label');
  select.replaceChildren(
    make('option', { value: '' }, 'what it is'),
    ...labels.map((label) => make('option', { value: label }, label)),
  );
  select.addEventListener('change', () => store.set({ label: select.value || undefined }, true));
  element('condition').hidden = false;
}

function showBadge(device: string): void {
  const badge = element('badge');
  badge.textContent = device === 'webgpu' ? 'WebGPU' : 'WASM';
  badge.title =
    device === 'webgpu'
      ? 'The model runs on your graphics card, in this page alone.'
      : 'The model runs on your processor, in this page alone.';
  badge.hidden = false;
}

/** After which the rest of the model is fetched, in ms. */
const KEEPING_PAUSE = 3000;

let restoring = false;
let waiting: ReturnType<typeof setTimeout> | undefined;
/** Browsers allow some changes of the address in a second, and no more. */
const ADDRESS_PAUSE = 250;

function writeAddress(state: State, keep: boolean): void {
  clearTimeout(waiting);
  if (restoring) return;
  const address = `#${toHash(state)}`;
  if (keep) {
    if (address !== location.hash) history.pushState(null, '', address);
    return;
  }
  waiting = setTimeout(() => history.replaceState(null, '', address), ADDRESS_PAUSE);
}

/** From now on the page opens without a network. */
function keepForOffline(model: Model): void {
  // The first picture comes first; without what is not kept the page works as long as there is a network.
  setTimeout(() => {
    model.keep().catch((error: unknown) => console.info(`not kept for offline use: ${error}`));
  }, KEEPING_PAUSE);
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // Some browsers and modes forbid it; the page works without.
  navigator.serviceWorker
    .register('sw.js')
    .catch((error: unknown) => console.info(`not kept for offline use: ${error}`));
}

start().catch(failed);
