import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { checkInteger, checkSeed, checkText } from './errors/check.ts';
import { ArgumentError } from './errors/index.ts';

/**
 * A seeded stream of random numbers. The integers come from xoroshiro128+, and every step from
 * there to a normal deviate uses only operations that IEEE 754 rounds exactly (+ − × ÷ √), so a
 * seed gives the same bits in every JavaScript engine.
 */
export interface Random {
  /** An integer in [0, 2³²). */
  uint32(): number;
  /** A number in [0, 1) with 53 random bits. */
  uniform(): number;
  /** An integer in [0, `bound`), without modulo bias. */
  integer(bound: number): number;
  /** A standard normal deviate. */
  normal(): number;
  /** Fills `out` with standard normal deviates times `scale`, and returns it. */
  fillNormal(out: Float32Array, scale?: number): Float32Array;
  /** Shuffles in place (Fisher–Yates), and returns the array. */
  shuffle<T extends Int32Array | Uint32Array | unknown[]>(items: T): T;
  /** The state, from which {@link restoreRandom} continues the stream exactly. */
  state(): RandomState;
}

export interface RandomState {
  readonly generator: readonly number[];
  /** The second deviate of the last pair, if it was not drawn yet. */
  readonly spare: number | null;
}

/**
 * Starts a stream.
 *
 * @param seed an integer in [0, 2⁵³)
 * @param stream the name of an independent stream under the same seed, so that, say, shuffling and
 *   noise do not depend on each other's number of draws
 * @throws ArgumentError for a seed that is not such an integer
 */
export function createRandom(seed: number, stream = ''): Random {
  checkSeed(seed);
  checkText('stream', stream, 'a name');
  const generator = xoroshiro128plus(mix(seed, stream));
  // The generator spreads its 32-bit seed thinly over 128 bits of state: the first outputs of
  // different seeds are visibly related until the state has been stirred.
  for (let i = 0; i < 32; i++) generator.next();
  return fromGenerator(generator, null);
}

/**
 * Continues a stream from a state taken by {@link Random.state}.
 *
 * @throws ArgumentError for what is no such state
 */
export function restoreRandom(state: RandomState): Random {
  const { generator, spare } = (state ?? {}) as Partial<RandomState>;
  const sound =
    Array.isArray(generator) &&
    generator.length === 4 &&
    generator.every((word) => Number.isInteger(word) && word === (word | 0)) &&
    // Of zeros xoroshiro makes zeros for ever.
    generator.some(Boolean) &&
    (spare === null || Number.isFinite(spare));
  if (!sound) throw new ArgumentError('state', 'what state() of a stream gave', state);
  return fromGenerator(xoroshiro128plusFromState(state.generator), state.spare);
}

interface Generator {
  next(): number;
  clone(): Generator;
  getState(): readonly number[];
}

/** A number in [0, 1) of 53 bits. */
const fraction = (generator: Generator) =>
  ((generator.next() >>> 5) * 0x4000000 + (generator.next() >>> 6)) * 2 ** -53;

function fromGenerator(generator: Generator, initialSpare: number | null): Random {
  let spare = initialSpare;
  const uint32 = () => generator.next() >>> 0;
  const uniform = () => fraction(generator);
  const integer = (bound: number) => {
    checkInteger('bound', bound, 1, 2 ** 32);
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let value = uint32();
    while (value >= limit) value = uint32();
    return value % bound;
  };
  const normal = () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    drawInDisc(generator, 1);
    scaleToNormal(1);
    spare = (vs[0] as number) * (factors[0] as number);
    return (us[0] as number) * (factors[0] as number);
  };
  return {
    uint32,
    uniform,
    integer,
    normal,
    fillNormal(out, scale = 1) {
      let filled = 0;
      if (spare !== null && out.length > 0) out[filled++] = normal() * scale;
      while (out.length - filled >= 2) {
        const pairs = Math.min(PAIRS, (out.length - filled) >> 1);
        drawInDisc(generator, pairs);
        scaleToNormal(pairs);
        for (let i = 0; i < pairs; i++) {
          const factor = factors[i] as number;
          out[filled++] = (us[i] as number) * factor * scale;
          out[filled++] = (vs[i] as number) * factor * scale;
        }
      }
      if (filled < out.length) out[filled] = normal() * scale;
      return out;
    },
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const item = items[i];
        items[i] = items[j] as never;
        items[j] = item as never;
      }
      return items;
    },
    state: () => ({ generator: [...generator.getState()], spare }),
  };
}

/**
 * Pairs of normal deviates are made by Marsaglia's polar method (Marsaglia & Bray 1964): no
 * trigonometry, one logarithm a pair. Many pairs are drawn first and scaled then: which draws are
 * rejected cannot be foreseen, and beside such branches a processor gets nothing else done.
 */
const PAIRS = 256;
const us = new Float64Array(PAIRS);
const vs = new Float64Array(PAIRS);
/** First the squared radii, then what makes normal deviates of the pairs. */
const factors = new Float64Array(PAIRS);

/** Draws pairs, evenly from the unit disc without its centre, and their squared radii. */
function drawInDisc(generator: Generator, pairs: number): void {
  // A generator that nothing else knows of has its state in registers, which takes half the time.
  const own = generator.clone();
  for (let i = 0; i < pairs; ) {
    const u = 2 * fraction(own) - 1;
    const v = 2 * fraction(own) - 1;
    const s = u * u + v * v;
    us[i] = u;
    vs[i] = v;
    factors[i] = s;
    // A pair outside is written over by the next: there is no branch to guess wrong.
    i += Number(s > 0 && s < 1);
  }
  Object.assign(generator, own.clone());
}

function scaleToNormal(pairs: number): void {
  for (let i = 0; i < pairs; i++) {
    const s = factors[i] as number;
    factors[i] = Math.sqrt((-2 * portableLog(s)) / s);
  }
}

/** FNV-1a over the seed's two halves and the stream's name: nearby seeds get unrelated streams. */
function mix(seed: number, stream: string): number {
  let hash = 0x811c9dc5;
  const add = (byte: number) => {
    hash = Math.imul(hash ^ byte, 0x01000193);
  };
  for (const half of [seed >>> 0, Math.floor(seed / 2 ** 32)]) {
    for (let shift = 0; shift < 32; shift += 8) add((half >>> shift) & 0xff);
  }
  for (let i = 0; i < stream.length; i++) add(stream.charCodeAt(i));
  // Final avalanche (Murmur3's), since FNV leaves the last byte in the low bits only.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

const bits = new DataView(new ArrayBuffer(8));
const HALVED = Float64Array.of(1, 0.5);
const POWERS_OF_2 = Float64Array.from({ length: 33 }, (_, exponent) => 2 ** exponent);

/**
 * The natural logarithm of a positive normal double, within 2 ulp. `Math.log` may differ in its
 * last bit between engines; this uses exactly rounded operations alone.
 */
export function portableLog(x: number): number {
  if (x < 1 && x >= 2 ** -31) {
    // Scaling by a power of 2 is exact, and faster than a look at the bits.
    const zeros = Math.clz32((x * 2 ** 31) | 0);
    return logOf(x * (POWERS_OF_2[zeros] as number), -zeros);
  }
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  bits.setUint32(0, (high & 0x000fffff) | 0x3ff00000);
  return logOf(bits.getFloat64(0), (high >>> 20) - 1023);
}

/**
 * ln(m·2^e) for m in [1, 2). With m in [√½, √2), ln m = 2 artanh(t), t = (m − 1)/(m + 1), |t| ≤ 0.172,
 * whose odd series is cut after t²¹ (relative remainder below 2⁻⁵³).
 */
function logOf(mantissa: number, exponent: number): number {
  // Either case is as likely as the other: a branch would be guessed wrong half of the time.
  const above = Number(mantissa > Math.SQRT2);
  const m = mantissa * (HALVED[above] as number);
  const e = exponent + above;
  const t = (m - 1) / (m + 1);
  const t2 = t * t;
  // Written out: constant reciprocals instead of ten divisions.
  let series = (1 / 21) * t2;
  series = (series + 1 / 19) * t2;
  series = (series + 1 / 17) * t2;
  series = (series + 1 / 15) * t2;
  series = (series + 1 / 13) * t2;
  series = (series + 1 / 11) * t2;
  series = (series + 1 / 9) * t2;
  series = (series + 1 / 7) * t2;
  series = (series + 1 / 5) * t2;
  series = (series + 1 / 3) * t2;
  return e * Math.LN2 + 2 * (t + t * series);
}
