import { gridOf } from '@latentkit/web/wasm';
import type { App, Panel } from '../app.ts';
import { nearestLatents } from '../model/nearest-latents.ts';
import { formatNumber, make } from '../page/dom.ts';
import { pointButton } from '../page/picture-button.ts';

const SHOWN = 10;

/** What is near in the latent space, and what is known of the picture. */
export function nearPanel(app: App): Panel {
  const { points, bench, store } = app;
  const strip = make('div', { className: 'strip', id: 'nearest' });
  const facts = make('dl', { className: 'facts' });
  const title = make('h3', {}, 'Nearest in the latent space');
  const root = make(
    'div',
    {},
    make('div', { className: 'block' }, title, strip),
    make('div', { className: 'block' }, make('h3', {}, 'What is known of it'), facts),
  );
  const scores = points.numbers.get('score') as Float32Array;
  const sorted = scores.slice().sort();

  /** How many pictures in a hundred have a lower score. */
  function rank(score: number): number {
    let below = 0;
    for (const other of sorted) {
      if (other >= score) break;
      below += 1;
    }
    return (100 * below) / sorted.length;
  }

  function factsOf(): [string, string][] {
    const { spot } = store.get();
    const scored = (score: number): [string, string] => [
      'Score',
      `${formatNumber(score)} nats, higher than ${Math.round(rank(score))} % of the pictures`,
    ];
    if (spot.kind === 'picture') {
      const score = app.scoreOfOwn(spot.z);
      const threshold = points.info.score.threshold;
      const odd: [string, string][] =
        threshold === undefined || score === undefined
          ? []
          : [['Odd?', score < threshold ? 'Yes: below the threshold on the card' : 'No']];
      return [...(score === undefined ? [] : [scored(score)]), ...odd];
    }
    if (spot.kind !== 'item') return [];
    const { index } = spot;
    const label = points.labels && points.info.labels[points.labels[index] as number];
    return [
      ['Name', points.ids[index] as string],
      ...(label === undefined ? [] : ([['Label', label]] as [string, string][])),
      // A class is a label by its number.
      ...points.info.factors
        .filter(({ name }) => label === undefined || name !== 'class')
        .map(({ name, column }): [string, string] => [
          name,
          formatNumber(points.numbers.get(column)?.[index] ?? Number.NaN, 2),
        ]),
      scored(scores[index] as number),
      [
        'Error',
        `${(points.numbers.get('error')?.[index] ?? 0).toPrecision(2)} per element, squared`,
      ],
    ];
  }

  return {
    root,
    show() {
      const { spot } = store.get();
      const without = spot.kind === 'item' ? spot.index : -1;
      const near = nearestLatents(points, app.current(), SHOWN, without);
      strip.replaceChildren(
        ...near.map(({ index, distance }) => pointButton(app, index, formatNumber(distance, 2))),
      );
      const known = factsOf();
      (facts.parentElement as HTMLElement).hidden = known.length === 0;
      facts.replaceChildren(
        ...known.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]),
      );
      title.textContent = gridOf(bench.model.card)
        ? 'Nearest, cell by cell'
        : 'Nearest in the latent space';
    },
  };
}
