import { BATCH, type NormalInput, type Sizes, sampleValues, shapeAt } from '../trace/inputs.ts';

/** What an export is tried on: sizes and values for all inputs. */
export interface VerifyCase {
  readonly name: string;
  readonly sizes: Sizes;
  readonly values: readonly Float32Array[];
  /** Whether tfjs must be able to compute it: at sizes that nobody named, it need not. */
  readonly required: boolean;
}

const BATCHES: readonly number[] = [1, 2, 5];
const BRIEF_BATCHES: readonly number[] = [1, 2];
/** Where an input has no range: magnitudes that saturate activations, and ones next to nothing. */
const EXTREMES = [-100, 100, 0, 1e-20, -1e-20, 1, -1] as const;

/** How many cases an export is worth. */
export type Thoroughness = 'full' | 'brief';

/**
 * Every batch size with ordinary, zero and extreme values, and where other dimensions are dynamic ordinary
 * values at sizes that were not traced: small ones, odd ones, larger ones. An input with a range of its own
 * stays within it: its extremes are the ends, and its zero the value nearest to zero.
 *
 * @param fixedBatch the one batch size that the graph was fixed to
 * @param thoroughness `brief` for models that take long: extremes at one batch size only, no zeros
 */
export function verifyCases(
  inputs: readonly NormalInput[],
  symbols: readonly string[],
  sizesOf: (symbol: string) => readonly [number, number],
  fixedBatch?: number,
  thoroughness: Thoroughness = 'full',
): VerifyCase[] {
  const isBrief = thoroughness === 'brief';
  const dynamic = isBrief ? BRIEF_BATCHES : BATCHES;
  const batches = fixedBatch !== undefined ? [fixedBatch] : symbols.includes(BATCH) ? dynamic : [1];
  const others = symbols.filter((symbol) => symbol !== BATCH);
  const make = (
    kind: keyof typeof KINDS,
    batch: number,
    sizeOf: (symbol: string, place: number) => number,
    turn: number,
    required = true,
  ): VerifyCase => {
    const sizes = new Map(others.map((name, place) => [name, sizeOf(name, place)]));
    if (symbols.includes(BATCH)) sizes.set(BATCH, batch);
    const label = [...sizes].map(([name, size]) => `${name} ${size}`).join(', ');
    return {
      name: `${label === '' ? '' : `${label}, `}${kind} values`,
      sizes,
      values: inputs.map((input, i) => {
        const count = shapeAt(input, sizes).reduce((n, size) => n * size, 1);
        return KINDS[kind](input, count, i, turn);
      }),
      required,
    };
  };
  const cases = batches.flatMap((batch, turn) => {
    const sizeOf = (name: string) => sizesOf(name)[turn % 2] as number;
    const kinds: (keyof typeof KINDS)[] = isBrief
      ? turn === 0
        ? ['ordinary', 'extreme']
        : ['ordinary']
      : ['ordinary', 'zero', 'extreme'];
    return kinds.map((kind) => make(kind, batch, sizeOf, turn));
  });
  if (others.length === 0) return cases;
  const steps = isBrief ? [2] : [0, 1, 2, 3, 4, 5];
  const unnamed = steps.map((step) =>
    make(
      'ordinary',
      batches[0] as number,
      (name, place) => untraced(sizesOf(name), place)[step] as number,
      step,
      false,
    ),
  );
  return [...cases, ...unnamed];
}

/** Sizes beside the two that were traced, which differ between the dimensions and are odd or even by turns. */
function untraced([a, b]: readonly [number, number], place: number): number[] {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  return [
    1 + place,
    2 + place,
    3 + 2 * place,
    low - 1 + place || 1,
    high + 1 + place,
    Math.max(2 * high + 1, 61) + place,
  ];
}

const KINDS = {
  ordinary: (input: NormalInput, count: number, i: number, turn: number) =>
    sampleValues(input, count, 7919 * (turn + 1) + i),
  zero: ({ range: [low, high] }: NormalInput, count: number) =>
    new Float32Array(count).fill(Math.min(Math.max(0, low), high)),
  extreme: (input: NormalInput, count: number, i: number, turn: number) => {
    const { dtype, range, ranged } = input;
    const ends = dtype === 'float32' && !ranged ? EXTREMES : range;
    // Scrambled, so that no pattern of the weights meets one of the inputs.
    const draws = sampleValues({ ...input, dtype: 'float32', range: [0, 1] }, count, 31 * turn + i);
    return draws.map((draw) => ends[Math.floor(draw * ends.length)] as number);
  },
};
