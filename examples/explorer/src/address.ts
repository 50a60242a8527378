import { boundedView } from './map/camera.ts';
import { FAR, MOST_TEMPERATURE, SAMPLES, type Spot, type State, TABS, type View } from './state.ts';

const round = (value: number) => String(Number(value.toPrecision(5)));

/** What of a state an address holds, as the part after `#`. Somebody's own picture is on no address. */
export function toHash(state: State): string {
  const {
    layout,
    colour,
    focus,
    density,
    view,
    spot,
    base,
    edits,
    codes,
    tab,
    from,
    to,
    path,
    label,
  } = state;
  const { sampler, seed, temperature, level } = state.sampling;
  const changes = Object.entries(edits).filter(([, amount]) => amount !== 0);
  const entries: (readonly [string, string | undefined])[] = [
    ['map', layout.kind === 'dimensions' ? `z${layout.axes.join(',z')}` : layout.kind],
    ['colour', colour],
    ['focus', focus === undefined ? undefined : String(focus)],
    ['density', density ? 'on' : undefined],
    ['view', isWhole(view) ? undefined : [view.x, view.y, view.zoom].map(round).join(',')],
    ['at', spotText(spot)],
    ['base', base === undefined ? undefined : String(base)],
    [
      'edit',
      changes.map(([name, amount]) => `${encodeURIComponent(name)}:${round(amount)}`).join(',') ||
        undefined,
    ],
    [
      'cells',
      Object.entries(codes)
        .map((cell) => cell.join(':'))
        .join(',') || undefined,
    ],
    ['tab', tab],
    ['from', from && spotText(from)],
    ['to', to && spotText(to)],
    ['path', path === 'slerp' ? undefined : path],
    ['label', label],
    ['sampling', `${sampler},${seed},${round(temperature)}${levelText(level)}`],
  ];
  return entries
    .flatMap(([name, value]) =>
      value === undefined
        ? []
        : [`${name}=${encodeURIComponent(value).replaceAll('%2C', ',').replaceAll('%3A', ':')}`],
    )
    .join('&');
}

const levelText = (level: number | undefined) => (level === undefined ? '' : `,${level}`);

const isWhole = ({ x, y, zoom }: View) => x === 0.5 && y === 0.5 && zoom === 1;

function spotText(spot: Spot): string | undefined {
  switch (spot.kind) {
    case 'item':
      return `item:${spot.index}`;
    case 'place':
      return `place:${round(spot.x)},${round(spot.y)}`;
    case 'sample':
      return `${spot.sampler}:${spot.seed},${round(spot.temperature)},${spot.at}${levelText(spot.level)}`;
    default:
      return undefined;
  }
}

/** What a model and its data have: addresses say no more than that. */
export interface KnownStates {
  readonly count: number;
  readonly size: number;
  readonly colours: readonly string[];
  /** Of a conditional model. */
  readonly labels: readonly string[];
  /** Cells of a grid of codes and entries of its codebook; none for other latents. */
  readonly cells: number;
  readonly codes: number;
  /** How much of each edit there is at most, by its name. */
  readonly edits: ReadonlyMap<string, number>;
  /** Levels of the latent: one but for a ladder. */
  readonly levels: number;
}

const levelOf = (level: number | undefined, levels: number): number | undefined =>
  level !== undefined && Number.isSafeInteger(level) && level >= 0 && level < levels && levels > 1
    ? level
    : undefined;

/**
 * What an address says of a state. What it does not say, and what is no state of these data, is left as it is in
 * `standard`: an address may be mistyped, or of another site.
 */
export function fromHash(hash: string, standard: State, known: KnownStates): State {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const spotOf = (text: string | null) => readSpot(text ?? '', known);
  const numbers = (name: string) => (given.get(name) ?? '').split(',').map(Number);
  const index = (name: string, below: number) => {
    const text = given.get(name) ?? '';
    return /^\d{1,9}$/.test(text) && Number(text) < below ? Number(text) : undefined;
  };
  const map = given.get('map') ?? '';
  const [, first, second] = /^z(\d+),z(\d+)$/.exec(map) ?? [];
  const axes = [Number(first), Number(second)] as const;
  const layout =
    map === 'umap' || map === 'pca'
      ? { kind: map as 'umap' | 'pca' }
      : axes.every((axis) => axis < known.size)
        ? ({ kind: 'dimensions', axes } as const)
        : standard.layout;
  const [x, y, zoom] = numbers('view');
  const view =
    given.has('view') && isFiniteNumber(x) && isFiniteNumber(y) && isFiniteNumber(zoom) && zoom > 0
      ? boundedView({ x, y, zoom })
      : { x: 0.5, y: 0.5, zoom: 1 };
  const edits = Object.fromEntries(
    (given.get('edit') ?? '').split(',').flatMap((text) => readEdit(text, known)),
  );
  const codes = Object.fromEntries(
    (given.get('cells') ?? '').split(',').flatMap((text) => {
      const [, cell, code] = /^(\d{1,6}):(\d{1,6})$/.exec(text) ?? [];
      const sound = Number(cell) < known.cells && Number(code) < known.codes;
      return sound ? [[Number(cell), Number(code)]] : [];
    }),
  );
  const colour = given.get('colour') ?? '';
  const tab = TABS.find((name) => name === given.get('tab'));
  const sampling = /^(prior|mixture),(\d{1,9}),(\d+(?:\.\d+)?)(?:,(\d))?$/.exec(
    given.get('sampling') ?? '',
  );
  return {
    ...standard,
    layout,
    colour: known.colours.includes(colour) ? colour : standard.colour,
    focus: index('focus', 65_536),
    density: given.get('density') === 'on',
    view,
    spot: spotOf(given.get('at')) ?? standard.spot,
    base: index('base', known.count),
    edits,
    codes,
    tab: tab ?? standard.tab,
    from: spotOf(given.get('from')) ?? standard.from,
    to: spotOf(given.get('to')) ?? standard.to,
    path: given.get('path') === 'lerp' ? 'lerp' : 'slerp',
    label: known.labels.find((name) => name === given.get('label')),
    sampling:
      sampling && Number(sampling[3]) <= MOST_TEMPERATURE
        ? {
            sampler: sampling[1] as 'prior' | 'mixture',
            seed: Number(sampling[2]),
            temperature: Number(sampling[3]),
            level: levelOf(Number(sampling[4]), known.levels),
          }
        : standard.sampling,
  };
}

/** What numbers lose on their way through an address. */
const ROUNDED = 1.0001;

/** An edit as a list of one, or of none for what is no edit. */
function readEdit(text: string, { edits }: KnownStates): [name: string, amount: number][] {
  const [, encoded = '', amount = ''] = /^(.+):(-?\d.*)$/.exec(text) ?? [];
  try {
    const name = decodeURIComponent(encoded);
    const sound = Math.abs(Number(amount)) <= (edits.get(name) ?? Number.NaN) * ROUNDED;
    return sound ? [[name, Number(amount)]] : [];
  } catch {
    return [];
  }
}

const isFiniteNumber = (value: number | undefined): value is number => Number.isFinite(value);

function readSpot(text: string, { count, levels }: KnownStates): Spot | undefined {
  const [kind = '', rest = ''] = text.split(':');
  const numbers = rest.split(',').map((one) => (one === '' ? Number.NaN : Number(one)));
  const [a, b, c, d] = numbers;
  if (!numbers.every(Number.isFinite) || a === undefined) return undefined;
  if (kind === 'item' && Number.isSafeInteger(a) && a >= 0 && a < count) return { kind, index: a };
  if (kind === 'place' && b !== undefined && Math.max(Math.abs(a), Math.abs(b)) <= FAR)
    return { kind, x: a, y: b };
  const isSample = kind === 'prior' || kind === 'mixture';
  if (!isSample || b === undefined || c === undefined) return undefined;
  const isBelow = (value: number, end: number) =>
    Number.isSafeInteger(value) && value >= 0 && value < end;
  const sound = isBelow(a, Infinity) && b >= 0 && b <= MOST_TEMPERATURE && isBelow(c, SAMPLES);
  const level = levelOf(d, levels);
  return sound
    ? { kind: 'sample', sampler: kind, seed: a, temperature: b, level, at: c }
    : undefined;
}
