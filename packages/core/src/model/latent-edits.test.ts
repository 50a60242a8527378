import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import type { ModelCard } from '../card/card.ts';
import { createRandom } from '../random.ts';
import { tensor } from '../tensor.ts';
import { fakeCard } from '../testing.ts';
import {
  type Change,
  drawSeeds,
  interleaved,
  levelOf,
  moved,
  repeated,
  vectorOf,
} from './latent-edits.ts';
import { floats } from './testing.ts';

describe('vectorOf', () => {
  const card: ModelCard = {
    ...fakeCard(),
    latentSpace: {
      directions: ['width', 'smile'].map((name, i) => ({
        name,
        vector: [i, -2],
        deviation: 1,
        r2: 1,
        protocol: 'made up',
      })),
    },
  };

  test('looks up an attribute, and takes a vector as it is', () => {
    expect(vectorOf('width', card)).toEqual(floats(0, -2));
    expect(vectorOf('smile', card)).toEqual(floats(1, -2));
    const vector = floats(3, 4);
    expect(vectorOf(vector, card)).toBe(vector);
    expect(vectorOf(tensor(vector, [1, 2]), card)).toBe(vector);
    expect(vectorOf(runInNewContext('new Float32Array([3, 4])'), card)).toEqual(vector);
  });

  test.each<[string, unknown, string]>([
    ['one too short', floats(1), 'a Float32Array of 1'],
    ['one too long', floats(1, 2, 3), 'a Float32Array of 3'],
    ['an infinite one', floats(1, Number.POSITIVE_INFINITY), 'a Float32Array of 2'],
    ['doubles', Float64Array.of(1, 2), 'a Float64Array of 2'],
    ['a list', [1, 2], '[1, 2]'],
    ['nothing', null, 'null'],
  ])('refuses %s', (_, change, received) => {
    expect(() => vectorOf(change as Change, card)).toThrow(
      expect.objectContaining({
        argument: 'change',
        message:
          'change: expected the name of an attribute on the card, or a Float32Array of 2 finite numbers, ' +
          `received ${received}.`,
      }),
    );
  });

  test('tells which attributes the card keeps, or how it may come to some', () => {
    expect(() => vectorOf('age', card)).toThrow(
      "attribute: expected one that the card of fake keeps ('width', 'smile'), received 'age'.",
    );
    expect(() => vectorOf('age', fakeCard())).toThrow(
      'attribute: expected one that the card of fake keeps, but it keeps none: find them with ' +
        "'latentkit directions MODEL --record', or give a vector, received 'age'.",
    );
  });
});

describe('moved', () => {
  const z = tensor(floats(1, 2, 3, 4, 5, 6), [2, 3]);

  test('adds a multiple of the vector to every row', () => {
    expect(moved(z, floats(1, 0, -1), 2)).toEqual(tensor(floats(3, 2, 1, 6, 5, 4), [2, 3]));
    expect(z.data).toEqual(floats(1, 2, 3, 4, 5, 6));
  });

  test('leaves dimensions outside the interval alone', () => {
    expect(moved(z, floats(1, 1, 1), 1, [1, 2]).data).toEqual(floats(1, 3, 3, 4, 6, 6));
    expect(moved(z, floats(1, 1, 1), 1, [2, 3]).data).toEqual(floats(1, 2, 4, 4, 5, 7));
  });
});

describe('levelOf', () => {
  const ladder: ModelCard = {
    ...fakeCard(),
    latent: { kind: 'ladder', size: 9, levels: [2, 3, 4] },
  };

  test.each<[number | undefined, readonly number[] | undefined]>([
    [0, [0, 2]],
    [1, [2, 5]],
    [2, [5, 9]],
    [undefined, undefined],
  ])('level %s has the dimensions %j', (level, dimensions) => {
    expect(levelOf(level, ladder)).toEqual(dimensions);
  });

  test.each([-1, 3, 0.5, '1', null])('there is no level %p', (level) => {
    const received = typeof level === 'string' ? `'${level}'` : level;
    expect(() => levelOf(level as number, ladder)).toThrow(
      `level: expected an integer from 0 to 2, received ${received}.`,
    );
  });

  test('a latent of another kind has none', () => {
    expect(levelOf(undefined, fakeCard())).toBeUndefined();
    expect(() => levelOf(0, fakeCard())).toThrow(
      'level: expected none: the latent of fake has no levels, received 0.',
    );
  });
});

test('the seeds of draws are those of the stream `draws`, as many as are asked for', () => {
  const random = createRandom(5, 'draws');
  const expected = [random.uint32(), random.uint32(), random.uint32()];
  expect([...drawSeeds(5, 3)]).toEqual(expected);
  expect([...drawSeeds(5, 2)]).toEqual(expected.slice(0, 2));
  // One after the other, not all before the first draw.
  expect(drawSeeds(5, 2 ** 40).next().value).toBe(expected[0]);
  expect(new Set(expected).size).toBe(3);
});

describe('repeated', () => {
  test.each<[string, Parameters<typeof repeated>[0], unknown]>([
    ['nothing', undefined, undefined],
    ['one name', 'b', 'b'],
    ['one index', 0, 0],
    ['names and indices', ['b', 0], ['b', 'b', 'b', 0, 0, 0]],
    ['an Int32Array', Int32Array.of(2, 1), [2, 2, 2, 1, 1, 1]],
    [
      'weights',
      tensor(floats(1, 0, 0.25, 0.75), [2, 2]),
      tensor(floats(1, 0, 1, 0, 1, 0, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75), [6, 2]),
    ],
  ])('%s', (_, condition, expected) => {
    expect(repeated(condition, 3)).toEqual(expected);
  });
});

test('interleaved puts the draws of an item one after the other', () => {
  const [first, second, third] = [0, 10, 20].map((by) =>
    tensor(floats(1 + by, 2 + by, 3 + by, 4 + by), [2, 2]),
  );
  expect(interleaved([first!, second!, third!])).toEqual(
    tensor(floats(1, 2, 11, 12, 21, 22, 3, 4, 13, 14, 23, 24), [6, 2]),
  );
});
