/** Where the latent that is on the bench comes from. */
export type Spot =
  | { readonly kind: 'item'; readonly index: number }
  /** A place between the points, in the unit square of the layout. */
  | { readonly kind: 'place'; readonly x: number; readonly y: number }
  | {
      readonly kind: 'sample';
      readonly sampler: 'prior' | 'mixture';
      readonly seed: number;
      readonly temperature: number;
      readonly level: number | undefined;
      readonly at: number;
    }
  /** Somebody's own picture, which no address can hold. */
  | { readonly kind: 'picture'; readonly name: string; readonly z: Float32Array }
  /** What was made of others: a morph's step, a sum. */
  | { readonly kind: 'made'; readonly name: string; readonly z: Float32Array };

/** Samples that are drawn at a time. */
export const SAMPLES = 12;
export const MOST_TEMPERATURE = 1.5;
/** How far from the map's corner a place may be, in widths of the map: the marker walks past the edge, and not far. */
export const FAR = 1000;

export const TABS = ['near', 'change', 'morph', 'mix', 'sample', 'model'] as const;
export type Tab = (typeof TABS)[number];

/** What the axes of the map are. */
export type LayoutName =
  | { readonly kind: 'umap' | 'pca' }
  | { readonly kind: 'dimensions'; readonly axes: readonly [number, number] };

/** The part of the map that is seen: its middle, in the unit square, and how much larger than at first. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** All that the page shows, and that its address holds. */
export interface State {
  readonly layout: LayoutName;
  readonly colour: string;
  /** The only class that is not faint. */
  readonly focus: number | undefined;
  /** Whether lines of density are shown: of all points, or of the class in focus. */
  readonly density: boolean;
  readonly view: View;
  readonly spot: Spot;
  /** Where the axes are dimensions: the point that gives the other ones; the mean of all without one. */
  readonly base: number | undefined;
  /** What was added to the latent: amounts by the name of a direction or a dimension (`z3`). */
  readonly edits: Readonly<Record<string, number>>;
  /** Entries of the codebook that were put in the place of others, by the number of the cell. */
  readonly codes: Readonly<Record<number, number>>;
  readonly tab: Tab;
  readonly from: Spot | undefined;
  readonly to: Spot | undefined;
  readonly path: 'slerp' | 'lerp';
  readonly sampling: {
    readonly sampler: 'prior' | 'mixture';
    readonly seed: number;
    readonly temperature: number;
    /** The only level of a ladder that is drawn, from 0 on: the others are those of `base`. */
    readonly level: number | undefined;
  };
  /** The label that a conditional model is asked for; that of the point without one. */
  readonly label: string | undefined;
  /** Points that were lassoed. */
  readonly groups: readonly [readonly number[], readonly number[]];
}

/** What is on the bench as it came. */
export const UNEDITED = { edits: {}, codes: {} } as const;

export const isEdited = ({ edits, codes }: Pick<State, 'edits' | 'codes'>): boolean =>
  Object.values(edits).some((amount) => amount !== 0) || Object.keys(codes).length > 0;

export interface Store {
  get(): State;
  /** @param keep whether "back" is to lead to what was before */
  set(change: Partial<State>, keep?: boolean): void;
  /** Called after each change, with the names of what changed. */
  onChange(listener: (changed: ReadonlySet<keyof State>, keep: boolean) => void): void;
}

export function createStore(initial: State): Store {
  let state = initial;
  const listeners: ((changed: ReadonlySet<keyof State>, keep: boolean) => void)[] = [];
  return {
    get: () => state,
    set(change, keep = false) {
      const names = (Object.keys(change) as (keyof State)[]).filter(
        (name) => change[name] !== state[name],
      );
      if (names.length === 0) return;
      state = { ...state, ...change };
      const changed = new Set(names);
      for (const listener of listeners) listener(changed, keep);
    },
    onChange: (listener) => void listeners.push(listener),
  };
}
