/**
 * Sizes that follow the inputs' dynamic dimensions.
 *
 * A function is traced several times with different sizes of its named dimensions. A size that was
 * the same in all traces is a number; one that varied is a `SymbolicSize`, with the values that it
 * took and, where one is found, the formula that explains them.
 */

/** `coefficient · Π symbol^power + offset`. */
export interface Formula {
  coefficient: number;
  factors: { symbol: string; power: number }[];
  offset: number;
}

export interface SymbolicSize {
  /** The size in each trace. */
  readonly values: readonly number[];
  /** What explains the values in terms of the named dimensions, or null. */
  readonly formula: Formula | null;
}

export type Size = number | SymbolicSize;

export const isStatic = (size: Size): size is number => typeof size === 'number';

/** Whether two sizes are the same in every trace. */
export function sameSize(a: Size, b: Size): boolean {
  if (isStatic(a) || isStatic(b)) return a === b;
  return a.values.every((value, i) => value === b.values[i]);
}

export function sameShape(a: readonly Size[], b: readonly Size[]): boolean {
  return a.length === b.length && a.every((size, i) => sameSize(size, b[i] as Size));
}

/** The size in one trace. */
export const sizeIn = (size: Size, trace: number): number =>
  isStatic(size) ? size : (size.values[trace] as number);

/** The size that is computed in each trace, where `like` follows the dynamic dimensions. */
export function sizeFrom(like: Size, compute: (trace: number) => number): Size {
  if (isStatic(like)) return compute(0);
  return { values: like.values.map((_, trace) => compute(trace)), formula: null };
}

/** How a size is written in messages and as an ONNX `dim_param`. */
export function sizeText(size: Size): string {
  if (isStatic(size)) return String(size);
  const formula = size.formula;
  if (formula === null) return '?';
  const product = formula.factors
    .map(({ symbol, power }) => (power === 1 ? symbol : `${symbol}^${power}`))
    .join('*');
  const scaled = formula.coefficient === 1 ? product : `${formula.coefficient}*${product}`;
  if (formula.offset === 0) return scaled;
  return formula.offset > 0 ? `${scaled}+${formula.offset}` : `${scaled}${formula.offset}`;
}

/** The named dimension that a formula is, where it is nothing else. */
export function symbolOf(formula: Formula | null): string | null {
  if (formula === null || formula.coefficient !== 1 || formula.offset !== 0) return null;
  const [factor, ...more] = formula.factors;
  return factor !== undefined && more.length === 0 && factor.power === 1 ? factor.symbol : null;
}

export const shapeText = (shape: readonly Size[]): string => `[${shape.map(sizeText).join(', ')}]`;

/** The named dimensions with their sizes in every trace, and the sizes that some were fixed to. */
export class Symbols {
  readonly names: readonly string[];
  readonly #sizes: ReadonlyMap<string, readonly number[]>;
  readonly #fixed: ReadonlyMap<string, number>;
  readonly #traces: number;

  /**
   * @param sizes size of each named dimension in every trace
   * @param fixed named dimensions that the exported graph holds constant
   */
  constructor(
    sizes: ReadonlyMap<string, readonly number[]>,
    traces: number,
    fixed: ReadonlyMap<string, number>,
  ) {
    this.names = [...sizes.keys()];
    this.#sizes = sizes;
    this.#fixed = fixed;
    this.#traces = traces;
  }

  /** The size whose value in each trace is given. */
  size(values: readonly number[]): Size {
    const first = values[0] as number;
    if (values.every((value) => value === first)) return first;
    const formula = this.#fit(values, [1, 2], 0);
    if (formula !== null) {
      const bound = this.#bind(formula);
      if (bound !== null) return Math.round(bound);
    }
    return { values, formula };
  }

  /** The formula of a real number that varies with the sizes: a constant, or null when none is found. */
  scalar(values: readonly number[]): number | Formula | null {
    const first = values[0] as number;
    if (values.every((value) => Object.is(value, first))) return first;
    const formula = this.#fit(values, [-2, -1, 1, 2], 1e-6);
    return formula === null ? null : (this.#bind(formula) ?? formula);
  }

  #bind(formula: Formula): number | null {
    let product = formula.coefficient;
    for (const { symbol, power } of formula.factors) {
      const size = this.#fixed.get(symbol);
      if (size === undefined) return null;
      product *= size ** power;
    }
    return product + formula.offset;
  }

  /**
   * Looks for `c·M + d` over the monomials M of the symbols: pure multiples first, since two traces
   * cannot tell a line through the origin from another. `tolerance` is relative.
   */
  #fit(values: readonly number[], powers: readonly number[], tolerance: number): Formula | null {
    const close = (a: number, b: number) =>
      Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
    let affine: Formula | null = null;
    for (const factors of this.#monomials(powers)) {
      const monomial = Array.from({ length: this.#traces }, (_, trace) =>
        factors.reduce(
          (product, { symbol, power }) =>
            product * ((this.#sizes.get(symbol) as readonly number[])[trace] as number) ** power,
          1,
        ),
      );
      const base = monomial[0] as number;
      const coefficient = (values[0] as number) / base;
      if (values.every((value, i) => close(value, coefficient * (monomial[i] as number)))) {
        return { coefficient, factors, offset: 0 };
      }
      const other = monomial.findIndex((value) => value !== base);
      if (affine !== null || other < 0) continue;
      const slope =
        ((values[other] as number) - (values[0] as number)) / ((monomial[other] as number) - base);
      const offset = (values[0] as number) - slope * base;
      if (values.every((value, i) => close(value, slope * (monomial[i] as number) + offset))) {
        affine = { coefficient: slope, factors, offset };
      }
    }
    return affine;
  }

  /** Monomials of one symbol, then of two: more than two dynamic dimensions never meet in one size. */
  *#monomials(powers: readonly number[]): Generator<Formula['factors']> {
    const byMagnitude = [...powers].sort((a, b) => Math.abs(a) - Math.abs(b) || b - a);
    for (const symbol of this.names) {
      for (const power of byMagnitude) yield [{ symbol, power }];
    }
    for (const [i, first] of this.names.entries()) {
      for (const second of this.names.slice(i + 1)) {
        for (const a of byMagnitude) {
          for (const b of byMagnitude) {
            yield [
              { symbol: first, power: a },
              { symbol: second, power: b },
            ];
          }
        }
      }
    }
  }
}

/** The product of sizes; its formula is known where at most one of them varies. */
export function sizeProduct(sizes: readonly Size[]): Size {
  const varying = sizes.filter((size) => !isStatic(size));
  const factor = sizes.filter(isStatic).reduce((product, size) => product * size, 1);
  const [first, second] = varying;
  if (first === undefined || isStatic(first)) return factor;
  const traces = first.values.length;
  const values = Array.from(
    { length: traces },
    (_, trace) =>
      factor * varying.reduce<number>((product, size) => product * sizeIn(size, trace), 1),
  );
  const { formula } = first;
  if (second !== undefined || formula === null) return { values, formula: null };
  return {
    values,
    formula: {
      coefficient: formula.coefficient * factor,
      factors: formula.factors,
      offset: formula.offset * factor,
    },
  };
}

/** The sum of two sizes; its formula is known where both follow the same product of dimensions. */
export function sizeSum(a: Size, b: Size): Size {
  if (isStatic(a) && isStatic(b)) return a + b;
  const varying = (isStatic(a) ? b : a) as SymbolicSize;
  const values = varying.values.map((_, trace) => sizeIn(a, trace) + sizeIn(b, trace));
  const [f, g] = [a, b].map((size) =>
    isStatic(size)
      ? { coefficient: 0, factors: varying.formula?.factors ?? [], offset: size }
      : size.formula,
  ) as [Formula | null, Formula | null];
  const key = (formula: Formula) => JSON.stringify(formula.factors);
  if (f === null || g === null || key(f) !== key(g)) return { values, formula: null };
  return {
    values,
    formula: {
      coefficient: f.coefficient + g.coefficient,
      factors: f.factors,
      offset: f.offset + g.offset,
    },
  };
}
