import { expect, test } from '@jest/globals';
import { type Tensor, tensor } from '../tensor.ts';
import { combineLatents, meanLatent } from './arithmetic.ts';
import { findDirections } from './directions.ts';
import { gaussianKl, standardNormalLogDensity } from './gaussian-densities.ts';
import { latentGrid, latentPath } from './paths.ts';
import { similarLatents } from './similar.ts';
import { rows } from './testing.ts';
import { scoreThreshold } from './threshold.ts';
import { dimensionKl, traverseLatent } from './traversal.ts';

const z = rows([1, 2], [3, 4]);
const ten = rows(...Array.from({ length: 10 }, (_, i) => [i]));
const none = rows();
const similar = { count: 1, strength: 0.5, seed: 1 };
const attribute = (values: unknown) => [{ name: 'a', values }] as never;

/** What each function says of arguments that are none: which one, what was expected, what came. */
test.each<[string, () => unknown, string | RegExp]>([
  ['meanLatent, no tensor', () => meanLatent(3 as never), /^latents: expected /],
  [
    'meanLatent, no rows',
    () => meanLatent(none),
    "latents: expected at least one row, received '0 rows'.",
  ],
  [
    'combineLatents, no list',
    () => combineLatents(3 as never),
    /^terms: expected an array of pairs \[weight, latents\]/,
  ],
  [
    'combineLatents, no pairs',
    () => combineLatents([3] as never),
    /^terms: expected pairs \[weight, latents\]/,
  ],
  [
    'combineLatents, no weight',
    () => combineLatents([['1', z]] as never),
    /^terms: expected pairs whose weight is a finite number, received '1'/,
  ],
  [
    'combineLatents, a boundless weight',
    () => combineLatents([[Number.POSITIVE_INFINITY, z]]),
    /finite number/,
  ],
  [
    'combineLatents, no latents',
    () => combineLatents([[1, 3]] as never),
    /^terms: latents: expected /,
  ],
  [
    'combineLatents, none',
    () => combineLatents([]),
    /^terms: expected one or more latents of the same size, each of one row or of as many rows as the others, received 'none'/,
  ],
  [
    'combineLatents, other sizes',
    () =>
      combineLatents([
        [1, z],
        [1, rows([1])],
      ]),
    /received '\[2, 2\], \[1, 1\]'/,
  ],
  [
    'combineLatents, other rows',
    () =>
      combineLatents([
        [1, rows([1], [2], [3])],
        [1, rows([1], [2])],
      ]),
    /received '\[3, 1\], \[2, 1\]'/,
  ],
  ['latentPath, no tensor', () => latentPath(3 as never, { steps: 2 }), /^points: expected /],
  ['latentPath, no options', () => latentPath(z, undefined as never), /^options: .*\{ steps: 8 \}/],
  [
    'latentPath, one point',
    () => latentPath(rows([1]), { steps: 2 }),
    /^points: expected at least two latents, received '1'/,
  ],
  ['latentPath, no steps', () => latentPath(z, { steps: 0 }), /^steps: /],
  [
    'latentGrid, no tensor',
    () => latentGrid(3 as never, { rows: 2, columns: 2 }),
    /^corners: expected /,
  ],
  [
    'latentGrid, no options',
    () => latentGrid(z, undefined as never),
    /^options: .*\{ rows: 8, columns: 8 \}/,
  ],
  [
    'latentGrid, two corners',
    () => latentGrid(z, { rows: 2, columns: 2 }),
    /^corners: expected four latents, received '2'/,
  ],
  [
    'latentGrid, one column',
    () => latentGrid(rows([1], [2], [3], [4]), { rows: 2, columns: 1 }),
    /^columns: /,
  ],
  ['similarLatents, no tensor', () => similarLatents(3 as never, similar), /^latents: expected /],
  [
    'similarLatents, no options',
    () => similarLatents(z, undefined as never),
    /^options: .*\{ count: 4, strength: 0.2, seed: 1 \}/,
  ],
  [
    'similarLatents, more than there is room for',
    () => similarLatents(z, { ...similar, count: 2 ** 32 }),
    /^count: expected an integer from 1 to \d+, received 4294967296/,
  ],
  [
    'latentPath, more steps than there is room for',
    () => latentPath(rows([1], [2]), { steps: 2 ** 32 }),
    /^steps: expected an integer from 1 to /,
  ],
  [
    'latentGrid, more columns than there is room for',
    () => latentGrid(rows([1], [2], [3], [4]), { rows: 2 ** 20, columns: 2 ** 20 }),
    /^columns: expected an integer from 2 to /,
  ],
  [
    'traverseLatent, more steps than there is room for',
    () => traverseLatent(rows([1]), { dimensions: [0], steps: 2 ** 32, range: 1 }),
    /^steps: expected an integer from 2 to /,
  ],
  ['similarLatents, no count', () => similarLatents(z, { ...similar, count: 0 }), /^count: /],
  [
    'similarLatents, too strong',
    () => similarLatents(z, { ...similar, strength: 1.1 }),
    /^strength: expected a number from 0 to 1, received 1.1/,
  ],
  [
    'similarLatents, below none',
    () => similarLatents(z, { ...similar, strength: -0.1 }),
    /^strength: /,
  ],
  [
    'scoreThreshold, no share',
    () => scoreThreshold([1, 2], 0),
    /^falseAlarms: expected a share above 0 and below 1, received 0/,
  ],
  ['scoreThreshold, a whole', () => scoreThreshold([1, 2], 1), /^falseAlarms: /],
  [
    'scoreThreshold, few',
    () => scoreThreshold([1, 2], 0.1),
    /^scores: expected at least 10 finite numbers, to tell a share of 0.1, received '2 numbers'/,
  ],
  [
    'scoreThreshold, bigints',
    () => scoreThreshold(BigInt64Array.of(1n, 2n) as never, 0.5),
    /^scores: expected at least 2 finite numbers, .* received '2 numbers'/,
  ],
  ['scoreThreshold, no list', () => scoreThreshold(3 as never, 0.5), /received '0 numbers'/],
  ['findDirections, no tensor', () => findDirections(3 as never, []), /^latents: expected /],
  ['findDirections, no list', () => findDirections(ten, 3 as never), /^attributes: expected /],
  [
    'findDirections, no ridge',
    () => findDirections(ten, [], { ridge: 0 }),
    /^ridge: expected a number above 0, 1e6 at most, received 0/,
  ],
  [
    'findDirections, a boundless ridge',
    () => findDirections(ten, [], { ridge: Number.POSITIVE_INFINITY }),
    /^ridge: expected a number above 0, 1e6 at most, received Infinity/,
  ],
  [
    'findDirections, values whose squares are no numbers',
    () => findDirections(ten, attribute(Array.from({ length: 10 }, (_, i) => i * 1e200))),
    "attribute 'a': expected numbers from -1e150 to 1e150, received '1e+200 at 1'.",
  ],
  [
    'findDirections, latents that are all the same',
    () => findDirections(rows(...Array(10).fill([1])), attribute([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
    /^attribute 'a': expected one that the latents tell something of, received 'no covariance/,
  ],
  [
    'findDirections, a direction beyond float32',
    () =>
      findDirections(
        rows(...Array.from({ length: 10 }, (_, i) => [i * 1e37])),
        attribute([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        { ridge: 1e6 },
      ),
    /^attribute 'a': expected a direction within float32, received 'one beyond it'/,
  ],
  [
    'combineLatents, a sum beyond float32',
    () =>
      combineLatents([
        [1, z],
        [1e38, rows([1, 4])],
      ]),
    "terms: expected sums within float32, received 'Infinity in row 0, dimension 1'.",
  ],
  [
    'traverseLatent, a range beyond float32',
    () => traverseLatent(rows([1]), { dimensions: [0], steps: 2, range: 1e39 }),
    /^range: expected a float32 above 0, received 1e\+39/,
  ],
  ...(
    [
      ['meanLatent', 'latent', (z) => meanLatent(z)],
      ['combineLatents', 'terms: latent', (z) => combineLatents([[1, z]])],
      ['similarLatents', 'latent', (z) => similarLatents(z, similar)],
      ['findDirections', 'latent', (z) => findDirections(z, attribute([1, 2, 3]))],
      ['latentPath', 'point', (z) => latentPath(z, { steps: 2 })],
      ['latentGrid', 'corner', (z) => latentGrid(z, { rows: 2, columns: 2 })],
      [
        'traverseLatent',
        'latent',
        (z) => traverseLatent(z, { dimensions: [0], steps: 2, range: 1 }),
      ],
      [
        'gaussianKl of means',
        'mean',
        (z) =>
          gaussianKl(
            z,
            tensor(
              z.data.map(() => 0),
              z.dims,
            ),
          ),
      ],
      [
        'gaussianKl of deviations',
        'logVar',
        (z) =>
          gaussianKl(
            tensor(
              z.data.map(() => 0),
              z.dims,
            ),
            z,
          ),
      ],
      [
        'dimensionKl of means',
        'mean',
        (z) =>
          dimensionKl(
            z,
            tensor(
              z.data.map(() => 0),
              z.dims,
            ),
          ),
      ],
      [
        'dimensionKl of deviations',
        'logVar',
        (z) =>
          dimensionKl(
            tensor(
              z.data.map(() => 0),
              z.dims,
            ),
            z,
          ),
      ],
      ['standardNormalLogDensity', 'latent', (z) => standardNormalLogDensity(z)],
    ] satisfies [string, string, (z: Tensor<'float32'>) => unknown][]
  ).map(([name, one, call]): [string, () => unknown, string] => [
    `${name}, NaN`,
    () => call(rows([1, 2], [3, Number.NaN])),
    `${one} 1, dimension 1: expected a finite number, received NaN.`,
  ]),
  [
    'findDirections, no attribute',
    () => findDirections(ten, [3] as never),
    /^attributes: expected objects with a name and values/,
  ],
  [
    'findDirections, no values',
    () => findDirections(ten, attribute(3)),
    /^attribute 'a': expected an array of numbers/,
  ],
  [
    'findDirections, few values',
    () => findDirections(ten, attribute([1])),
    /^attribute 'a': expected 10 values, one for each latent, received 1/,
  ],
  [
    'findDirections, NaN',
    () => findDirections(ten, attribute([0, 1, 2, 3, 4, 5, 6, 7, 8, Number.NaN])),
    /^attribute 'a': expected finite numbers, received 'NaN at 9'/,
  ],
  [
    'findDirections, one value',
    () => findDirections(ten, attribute(Array(10).fill(1))),
    /^attribute 'a': expected values that vary, received 'one value for all items'/,
  ],
  [
    'findDirections, all held out',
    () => findDirections(ten, [], { heldOut: 1 }),
    /^heldOut: expected a share between 0 and 1, received 1/,
  ],
])('%s', (_, call, message) => expect(call).toThrow(message));

test('shares of rows and thresholds at their very ends are taken', () => {
  expect(meanLatent(rows([1, 2])).dims).toEqual([1, 2]);
  expect(findDirections(ten, [])).toEqual([]);
  expect(
    combineLatents([
      [2, rows([1, 2])],
      [1, z],
    ]).dims,
  ).toEqual([2, 2]);
});
