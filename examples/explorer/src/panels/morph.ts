import { drawTo, interpolateLatents, toImageData } from '@latentkit/web/wasm';
import type { App, Panel } from '../app.ts';
import { enlarged, enlargement } from '../export/enlarge.ts';
import { writeGif } from '../export/gif.ts';
import { save } from '../export/save.ts';
import { writesWebp, writeWebp } from '../export/write-webp.ts';
import { latest } from '../latest.ts';
import { make } from '../page/dom.ts';
import { isEdited, type Spot, type State, UNEDITED } from '../state.ts';

/** Steps of a morph: those of the slider, of the strip, and of a file, which goes there and back. */
const STEPS = 61;
const STRIP = 8;
const FILE = 25;
/** Of a whole way, in ms. */
const DURATION = 2600;

/** From one picture to another: walked, played, saved. */
export function morphPanel(app: App): Panel {
  const { store, bench } = app;
  const { card } = bench.model;
  const time = make('input', {
    ...{ type: 'range', min: '0', max: String(STEPS - 1), step: '1', value: '0', id: 'time' },
    'aria-label': 'How far on the way',
  });
  const film = make('canvas', {
    ...{ className: 'film item', id: 'film', role: 'img' },
    'aria-label': `${STRIP} steps of the way`,
  });
  const play = make('button', { type: 'button', className: 'main', id: 'play' }, 'Play');
  const asWebp = make('button', { type: 'button', id: 'save-webp', hidden: true }, 'Save as WebP');
  const asGif = make('button', { type: 'button', id: 'save-gif' }, 'Save as GIF');
  const path = make(
    'select',
    { id: 'path' },
    make('option', { value: 'slerp' }, 'around the centre (slerp)'),
    make('option', { value: 'lerp' }, 'straight (lerp)'),
  );
  const ends = { from: end('from', 'From'), to: end('to', 'To') };
  const root = make(
    'div',
    {},
    make(
      'div',
      { className: 'ends' },
      ends.from.root,
      make('button', {
        type: 'button',
        className: 'icon',
        id: 'swap',
        'aria-label': 'Swap the ends',
        textContent: '⇄',
      }),
      ends.to.root,
    ),
    film,
    time,
    make('div', { className: 'row' }, play, asWebp, asGif),
    make('div', { className: 'row' }, make('label', {}, 'Way', path)),
    make(
      'p',
      {},
      'Choose a picture on the map, then set it as either end. The way is drawn on the map.',
    ),
  );

  function end(which: 'from' | 'to', title: string) {
    const canvas = make('canvas', { className: 'item', 'aria-hidden': 'true' });
    const name = make('p', {});
    const set = make(
      'button',
      { type: 'button', id: `set-${which}`, onclick: () => store.set({ [which]: fixed() }, true) },
      `${title} here`,
    );
    return {
      canvas,
      name,
      root: make('div', { className: 'end' }, canvas, make('div', {}, name, set)),
    };
  }

  /** What is on the bench, as something that stays what it is. */
  function fixed(): Spot {
    const { spot } = store.get();
    return isEdited(store.get())
      ? { kind: 'made', name: `${app.nameOf(spot)}, edited`, z: app.current() }
      : spot;
  }

  const endsOf = () => {
    const { from, to } = store.get();
    return from && to ? ([app.latentOf(from), app.latentOf(to)] as const) : undefined;
  };
  const way = (steps: number) => {
    const both = endsOf();
    if (!both) return undefined;
    return interpolateLatents(both[0], both[1], { steps, path: store.get().path }).data;
  };
  const labelHere = () => {
    const { from, label } = store.get();
    return from && bench.labelOf(from, label);
  };

  async function drawAll(): Promise<void> {
    const frames = way(STRIP);
    for (const button of [play, asWebp, asGif, time]) button.disabled = !frames;
    if (!frames) return;
    const { from, to } = store.get();
    const decoded = await bench.decode(frames, labelHere());
    drawTo(film, decoded, card);
    const each = decoded.length / STRIP;
    drawTo(ends.from.canvas, decoded.slice(0, each), card);
    drawTo(ends.to.canvas, decoded.slice(-each), card);
    ends.from.name.textContent = from ? app.nameOf(from) : '';
    ends.to.name.textContent = to ? app.nameOf(to) : '';
    const { size } = app.points;
    const { layout } = store.get();
    app.map.overlay.way = Array.from({ length: 9 }, (_, i) => {
      const many = way(9) as Float32Array;
      return bench.placeOf(many.subarray(i * size, (i + 1) * size), {
        layout,
        map: app.map.layout,
      });
    });
    app.map.redraw();
  }
  const drawLatest = latest(drawAll, app.failed);

  function step(at: number): void {
    const frames = way(STEPS);
    if (!frames) return;
    const { size } = app.points;
    const z = frames.slice(at * size, (at + 1) * size);
    const share = Math.round((100 * at) / (STEPS - 1));
    store.set({ spot: { kind: 'made', name: `${share} % of the way`, z }, ...UNEDITED });
  }
  time.addEventListener('input', () => step(time.valueAsNumber));

  let playing: number | undefined;
  function stop(): void {
    if (playing !== undefined) cancelAnimationFrame(playing);
    playing = undefined;
    play.textContent = 'Play';
  }
  play.addEventListener('click', () => {
    if (playing !== undefined) {
      stop();
      return;
    }
    play.textContent = 'Pause';
    const last = STEPS - 1;
    const start = time.valueAsNumber >= last ? 0 : time.valueAsNumber;
    const began = performance.now() - (DURATION * start) / last;
    const tick = (now: number) => {
      const at = Math.min(last, Math.round((last * (now - began)) / DURATION));
      if (at !== time.valueAsNumber || at === 0) {
        time.valueAsNumber = at;
        step(at);
      }
      if (at < last) playing = requestAnimationFrame(tick);
      else stop();
    };
    playing = requestAnimationFrame(tick);
  });
  asGif.addEventListener('click', () => {
    writeFile('morph.gif', writeGif).catch(app.failed);
  });
  asWebp.addEventListener('click', () => {
    writeFile('morph.webp', writeWebp).catch(app.failed);
  });
  writesWebp()
    .then((can) => {
      asWebp.hidden = !can;
    })
    .catch(app.failed);

  /** There and back, so that the animation has no jump where it begins again. */
  async function writeFile(
    name: string,
    write: (frames: readonly ImageData[], delay: number) => Blob | Promise<Blob>,
  ): Promise<void> {
    const frames = way(FILE);
    if (!frames) return;
    const decoded = await bench.decode(frames, labelHere());
    const each = decoded.length / FILE;
    const there = Array.from({ length: FILE }, (_, i) => {
      const frame = toImageData(decoded.slice(i * each, (i + 1) * each), card);
      return enlarged(frame, enlargement(frame));
    });
    save(await write([...there, ...there.slice(1, -1).reverse()], DURATION / FILE), name);
    app.say('The animation is saved.');
  }
  path.addEventListener('change', () => store.set({ path: path.value as State['path'] }, true));
  (root.querySelector('#swap') as HTMLElement).addEventListener('click', () => {
    const { from, to } = store.get();
    store.set({ from: to, to: from }, true);
  });

  return {
    root,
    show(changed) {
      path.value = store.get().path;
      const names = ['from', 'to', 'path', 'layout', 'label', 'tab'] as const;
      if (!changed || names.some((name) => changed.has(name))) drawLatest();
    },
  };
}
