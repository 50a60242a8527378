import type { App, Panel } from '../app.ts';
import { formatCount, formatNumber, make } from '../page/dom.ts';
import { pointButton } from '../page/picture-button.ts';

const SHOWN = 5;
const ACTIVE = 0.01;
/** Below so many nats on average, a dimension says nothing of its item. */
const COLLAPSED = 0.02;

/** What the model is: its card in words, what it uses, what it draws best and worst. */
export function modelPanel(app: App): Panel {
  const { points, bench } = app;
  const { info } = points;
  const { card } = bench.model;
  const { latent, item, provenance } = card;
  const facts: (readonly [string, string])[] = [
    ['Family', `${card.family}, ${info.size} numbers a picture (${latent.kind})`],
    ['Items', `${item.shape.join(' × ')}, ${card.likelihood.kind} likelihood`],
    [
      'Trained on',
      `${provenance.dataset}, ${formatCount(provenance.epochs)} epochs; ${provenance.objective}`,
    ],
    ...card.metrics
      .filter(({ name }) => /^(negative ELBO|reconstruction MSE|Fréchet distance)$/.test(name))
      .map(({ name, value, unit }) => [name, `${Number(value.toPrecision(4))} ${unit}`] as const),
    ['Shown', `${formatCount(points.count)} pictures of ${info.data}`],
    ...info.projections.map(
      ({ name, protocol }) => [name === 'umap' ? 'Map' : 'PCA', protocol] as const,
    ),
    [
      'Runs on',
      bench.model.decoder.device === 'webgpu' ? 'WebGPU' : 'WebAssembly, on the processor',
    ],
  ];
  const root = make(
    'div',
    {},
    card.description ? make('p', {}, card.description) : undefined,
    make(
      'div',
      { className: 'block' },
      make('h3', {}, info.codes ? 'Which entries are in use' : 'What each dimension carries'),
      bars(),
      make('p', { id: 'use' }, useInWords()),
    ),
    ...extremes(),
    make(
      'div',
      { className: 'block' },
      make('h3', {}, 'The card'),
      make(
        'dl',
        { className: 'facts' },
        ...facts.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]),
      ),
    ),
  );

  function bars(): HTMLElement {
    const values = info.dimensions.map(({ kl, variance }) => kl ?? variance);
    const sorted = values.map((value, i) => ({ value, i })).sort((a, b) => b.value - a.value);
    const most = Math.max(...values, 1e-9);
    return make(
      'div',
      { className: 'bars', role: 'img', 'aria-label': useInWords() },
      ...sorted.slice(0, 128).map(({ value, i }) => {
        const bar = make('i', { title: `z${i}: ${value.toPrecision(3)}` });
        bar.style.height = `${(100 * value) / most}%`;
        const { kl, variance } = info.dimensions[i] as (typeof info.dimensions)[number];
        bar.toggleAttribute('data-unused', kl === undefined ? variance <= ACTIVE : kl < COLLAPSED);
        return bar;
      }),
    );
  }

  function useInWords(): string {
    const { dimensions, activeUnits, codes, size } = info;
    if (codes) {
      return `${formatCount(codes.used)} of ${formatCount(codes.of)} entries of the codebook are in use.`;
    }
    const kls = dimensions.flatMap(({ kl }) => (kl === undefined ? [] : [kl]));
    const total = kls.reduce((sum, kl) => sum + kl, 0);
    const collapsed = kls.filter((kl) => kl < COLLAPSED).length;
    const carried = kls.length > 0 ? `, which carry ${formatNumber(total)} nats (KL) together` : '';
    const unused =
      collapsed > 0 ? ` ${collapsed} carry nothing: the posterior has collapsed there.` : '';
    return `${activeUnits} of ${size} dimensions are in use${carried}.${unused}`;
  }

  function extremes(): HTMLElement[] {
    const order = (column: string) => {
      const values = points.numbers.get(column) as Float32Array;
      return [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number));
    };
    const strip = (
      id: string,
      title: string,
      indices: readonly number[],
      note: (i: number) => string,
    ) =>
      make(
        'div',
        { className: 'block' },
        make('h3', {}, title),
        make(
          'div',
          { className: 'strip', id },
          ...indices.map((i) => pointButton(app, i, note(i))),
        ),
      );
    const [errors, scores] = [order('error'), order('score')];
    const error = (i: number) => (points.numbers.get('error')?.[i] ?? 0).toPrecision(2);
    const score = (i: number) => formatNumber(points.numbers.get('score')?.[i] ?? 0, 0);
    return [
      strip('best', 'Drawn best (squared error)', errors.slice(0, SHOWN), error),
      strip('worst', 'Drawn worst', errors.slice(-SHOWN).reverse(), error),
      strip('outliers', 'Oddest, by score in nats', scores.slice(0, SHOWN), score),
    ];
  }

  return { root, show() {} };
}
