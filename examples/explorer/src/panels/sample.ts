import { drawTo, gridOf, hasPrior, priorOf } from '@latentkit/web/wasm';
import type { App, Panel } from '../app.ts';
import { latest } from '../latest.ts';
import { namesOfLevels } from '../model/levels.ts';
import { formatNumber, make } from '../page/dom.ts';
import { MOST_TEMPERATURE, SAMPLES, type State } from '../state.ts';

/** Pictures that nobody drew: from the prior, or from the mixture on the card. */
export function samplePanel(app: App): Panel {
  const { store, bench } = app;
  const { card } = bench.model;
  // Drawn one code after the other, by a graph that no latent comes out of.
  const overCodes = gridOf(card) !== undefined;
  const levels = namesOfLevels(card);
  const canvases = Array.from({ length: SAMPLES }, () => make('canvas', { className: 'item' }));
  const strip = make(
    'div',
    { className: 'strip wide', id: 'samples' },
    ...canvases.map((canvas, at) =>
      make(
        'button',
        {
          type: 'button',
          'aria-label': `Sample ${at + 1}`,
          onclick: () => {
            // The sample takes the picture's place on the bench: what it was drawn from stays.
            store.set({ base: baseNow() });
            app.choose({ kind: 'sample', ...store.get().sampling, at });
          },
        },
        canvas,
      ),
    ),
  );
  const set = (change: Partial<State['sampling']>, keep = false) =>
    store.set({ sampling: { ...store.get().sampling, ...change } }, keep);
  const sampler = make(
    'select',
    {
      id: 'sampler',
      onchange: () => set({ sampler: sampler.value as State['sampling']['sampler'] }, true),
    },
    ...(hasPrior(card) && !overCodes
      ? [
          make(
            'option',
            { value: 'prior' },
            priorOf(card) ? 'the prior, a mixture' : 'the prior, N(0, 1)',
          ),
        ]
      : []),
    ...(card.latentSpace?.mixture
      ? [make('option', { value: 'mixture' }, 'the mixture on the card')]
      : []),
  );
  const seed = make('input', {
    ...{ type: 'number', id: 'seed', min: '0', step: '1' },
    oninput: () => {
      if (Number.isSafeInteger(seed.valueAsNumber) && seed.valueAsNumber >= 0) {
        set({ seed: seed.valueAsNumber });
      }
    },
  });
  const temperature = make('input', {
    ...{ type: 'range', id: 'temperature', min: '0', max: String(MOST_TEMPERATURE), step: '0.05' },
    'aria-label': 'Temperature',
    oninput: () => set({ temperature: temperature.valueAsNumber }),
  });
  const told = make('output', {});
  const more = make(
    'button',
    {
      ...{ type: 'button', className: 'main', id: 'more' },
      onclick: () => set({ seed: store.get().sampling.seed + 1 }, true),
    },
    'Others',
  );
  const level = make(
    'select',
    {
      id: 'sample-level',
      onchange: () => set({ level: level.value === '' ? undefined : Number(level.value) }, true),
    },
    make('option', { value: '' }, 'all levels'),
    ...levels.map((name, i) => make('option', { value: String(i) }, `${name}, alone`)),
  );
  const possible = sampler.options.length > 0;
  const root = make(
    'div',
    {},
    make(
      'p',
      {},
      possible
        ? 'Latents drawn at random, decoded. A lower temperature stays with what is usual.'
        : overCodes
          ? 'The prior is over codes, drawn one after the other by `latentkit sample`, and not on this page: walk between the pictures, or change the codes of one.'
          : 'This model has no prior to draw from: walk between the pictures instead.',
    ),
    ...(possible
      ? [
          strip,
          make(
            'label',
            { className: 'slider' },
            make('span', {}, 'temperature'),
            temperature,
            told,
          ),
          make(
            'div',
            { className: 'row' },
            more,
            make('label', {}, 'Seed', seed),
            make('label', {}, 'From', sampler),
            levels.length > 0 ? make('label', {}, 'Draws', level) : undefined,
          ),
          levels.length > 0
            ? make('p', {}, 'Of one level alone, the others are those of the picture chosen last.')
            : undefined,
        ]
      : []),
  );

  /** The picture whose other levels a draw of one level alone keeps. */
  function baseNow(): number | undefined {
    const { spot, base } = store.get();
    return spot.kind === 'item' ? spot.index : base;
  }

  async function draw(): Promise<void> {
    if (!possible) return;
    const { sampling, label, spot } = store.get();
    const decoded = await bench.decode(
      bench.samples(sampling, baseNow()),
      bench.labelOf(spot, label),
    );
    const each = decoded.length / SAMPLES;
    for (const [i, canvas] of canvases.entries()) {
      drawTo(canvas, decoded.slice(i * each, (i + 1) * each), card);
    }
  }
  const drawLatest = latest(draw, app.failed);

  return {
    root,
    show(changed) {
      const { sampling } = store.get();
      if (document.activeElement !== seed) seed.value = String(sampling.seed);
      temperature.valueAsNumber = sampling.temperature;
      told.value = formatNumber(sampling.temperature, 2);
      sampler.value = sampling.sampler;
      level.value = String(sampling.level ?? '');
      if (
        !changed ||
        ['sampling', 'spot', 'base', 'label', 'tab'].some((name) => changed.has(name as never))
      ) {
        drawLatest();
      }
    },
  };
}
