import type { Points } from './load-points.ts';

export type Theme = 'light' | 'dark';
export type Rgb = readonly [red: number, green: number, blue: number];

/** Ten hues of the same weight, told apart by people who do not see all colours by their lightness too. */
const CLASSES: Readonly<Record<Theme, readonly string[]>> = {
  light: [
    ...['#2f62c9', '#d4602a', '#24855a', '#b23467', '#7350c4'],
    ...['#a87a0a', '#128397', '#8a5636', '#5c7a22', '#5f6775'],
  ],
  dark: [
    ...['#7ba6ff', '#ff9d68', '#6ed3a3', '#f583ad', '#bba0ff'],
    ...['#e6c35c', '#5fd2e2', '#d8a682', '#aecb6f', '#aab3c2'],
  ],
};
const RAMP: Readonly<Record<Theme, readonly string[]>> = {
  light: ['#35227a', '#2168a0', '#2a9478', '#b98d12', '#d4542a'],
  dark: ['#6d62d6', '#3f93c9', '#4fc09b', '#e3c04f', '#ff8f66'],
};

const parse = (hex: string): Rgb => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
];

export const cssOf = ([r, g, b]: Rgb): string => `rgb(${r} ${g} ${b})`;

export function classColour(index: number, theme: Theme): Rgb {
  const list = CLASSES[theme];
  const base = parse(list[index % list.length] as string);
  // Beyond ten, the same hues come again, lighter and darker in turn.
  const round = Math.floor(index / list.length);
  if (round === 0) return base;
  const towards = round % 2 === 1 ? 255 : 0;
  const share = Math.min(0.6, 0.3 * Math.ceil(round / 2));
  return base.map((value) => Math.round(value + share * (towards - value))) as unknown as Rgb;
}

/** @param share 0 to 1 */
export function rampColour(share: number, theme: Theme): Rgb {
  const stops = RAMP[theme];
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const from = Math.min(stops.length - 2, Math.floor(at));
  const [a, b] = [parse(stops[from] as string), parse(stops[from + 1] as string)];
  return a.map((value, i) =>
    Math.round(value + (at - from) * ((b[i] as number) - value)),
  ) as unknown as Rgb;
}

/** A way to colour the points. */
export interface Colouring {
  readonly name: string;
  readonly title: string;
  /** Classes with their names, or a range with its ends in words. */
  readonly legend:
    | { readonly kind: 'classes'; readonly names: readonly string[] }
    | { readonly kind: 'range'; readonly low: number; readonly high: number };
  /** The class of each point, or its share of the range. */
  readonly values: ArrayLike<number>;
}

/** Every way that the data allow, the most telling first. */
export function colourings({ info, labels, numbers }: Points): Colouring[] {
  const column = (name: string) => numbers.get(name) as Float32Array;
  const range = (name: string, title: string, values: Float32Array): Colouring => {
    const sorted = values.slice().sort();
    // The odd few beyond would leave all others in one colour.
    const low = sorted[Math.floor(0.02 * (sorted.length - 1))] as number;
    const high = sorted[Math.ceil(0.98 * (sorted.length - 1))] as number;
    const width = Math.max(high - low, 1e-12);
    return {
      ...{ name, title, legend: { kind: 'range', low, high } },
      values: values.map((value) => (value - low) / width),
    };
  };
  return [
    ...(labels
      ? [
          {
            ...{ name: 'label', title: 'Label', values: labels },
            legend: { kind: 'classes', names: info.labels },
          } as const,
        ]
      : []),
    {
      ...{ name: 'cluster', title: 'Group', values: column('cluster') },
      legend: {
        kind: 'classes',
        names: Array.from({ length: info.clusters }, (_, i) => `Group ${i + 1}`),
      },
    },
    range('score', 'Score (ELBO, nats)', column('score')),
    range('error', 'Error of reconstruction', column('error')),
    ...info.factors.map(({ name, column: at }) => range(at, name, column(at))),
  ];
}

/** RGBA of every point; those outside the class in focus are faint. */
export function paint(
  { legend, values }: Colouring,
  theme: Theme,
  focus: number | undefined,
): Uint8Array {
  const out = new Uint8Array(4 * values.length);
  const classes =
    legend.kind === 'classes' ? legend.names.map((_, i) => classColour(i, theme)) : undefined;
  const ramp = classes ? [] : Array.from({ length: 256 }, (_, i) => rampColour(i / 255, theme));
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const colour = classes
      ? classes[value]
      : ramp[Math.round(255 * Math.min(1, Math.max(0, value)))];
    out.set(colour ?? [128, 128, 128], 4 * i);
    out[4 * i + 3] = focus === undefined || !classes || value === focus ? 255 : 28;
  }
  return out;
}
