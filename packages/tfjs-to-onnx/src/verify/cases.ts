import { BATCH, type NormalInput, type Sizes, sampleValues, shapeAt } from '../trace/inputs.ts';

/** What an export is tried on: sizes and values for all inputs. */
export interface VerifyCase {
  readonly name: string;
  readonly sizes: Sizes;
  readonly values: readonly Float32Array[];
}

const BATCHES = [1, 2, 5] as const;
/** Where an input has no range: magnitudes that saturate activations, and ones next to nothing. */
const EXTREMES = [-100, 100, 0, 1e-20, -1e-20, 1, -1] as const;

/**
 * Every batch size with ordinary, zero and extreme values. An input with a range of its own stays
 * within it: its extremes are the ends, and its zero the value nearest to zero.
 *
 * @param fixedBatch the one batch size that the graph was fixed to
 */
export function verifyCases(
  inputs: readonly NormalInput[],
  symbols: readonly string[],
  sizesOf: (symbol: string) => readonly [number, number],
  fixedBatch?: number,
): VerifyCase[] {
  const batches = fixedBatch !== undefined ? [fixedBatch] : symbols.includes(BATCH) ? BATCHES : [1];
  const others = symbols.filter((symbol) => symbol !== BATCH);
  return batches.flatMap((batch, turn) => {
    const sizes = new Map(others.map((name) => [name, sizesOf(name)[turn % 2] as number]));
    if (symbols.includes(BATCH)) sizes.set(BATCH, batch);
    const counts = inputs.map((input) => shapeAt(input, sizes).reduce((n, size) => n * size, 1));
    const label = [...sizes].map(([name, size]) => `${name} ${size}`).join(', ');
    const make = (
      kind: string,
      fill: (input: NormalInput, count: number, i: number) => Float32Array,
    ) => ({
      name: `${label === '' ? '' : `${label}, `}${kind} values`,
      sizes,
      values: inputs.map((input, i) => fill(input, counts[i] as number, i)),
    });
    return [
      make('ordinary', (input, count, i) => sampleValues(input, count, 7919 * (turn + 1) + i)),
      make('zero', ({ range: [low, high] }, count) =>
        new Float32Array(count).fill(Math.min(Math.max(0, low), high)),
      ),
      make('extreme', (input, count, i) => {
        const { dtype, range, ranged } = input;
        const ends = dtype === 'float32' && !ranged ? EXTREMES : range;
        // Scrambled, so that no pattern of the weights meets one of the inputs.
        const draws = sampleValues(
          { ...input, dtype: 'float32', range: [0, 1] },
          count,
          31 * turn + i,
        );
        return draws.map((draw) => ends[Math.floor(draw * ends.length)] as number);
      }),
    ];
  });
}
