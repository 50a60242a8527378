import { describe, expect, test } from '@jest/globals';
import {
  checkCallback,
  checkChoice,
  checkInteger,
  checkList,
  checkNames,
  checkNumber,
  checkObject,
  checkOptions,
  checkSeed,
  checkTemperature,
  checkText,
} from './check.ts';
import { ArgumentError } from './index.ts';

type Check = (value: unknown) => void;

/** What a check lets pass, and what it refuses with what it says was received. */
interface Cases {
  readonly name: string;
  readonly check: Check;
  readonly argument: string;
  readonly expected: string;
  readonly passes: readonly unknown[];
  readonly refuses: readonly (readonly [value: unknown, received: string])[];
}

const MAX = Number.MAX_SAFE_INTEGER;
const NO_FINITE_NUMBERS = [
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
  ['1', "'1'"],
  [null, 'null'],
  [undefined, 'undefined'],
] as const;

const CASES: Cases[] = [
  {
    name: 'checkOptions',
    check: (value) => checkOptions(value),
    argument: 'options',
    expected: 'an object of options',
    passes: [{}, { a: 1 }, Object.create(null), new Map()],
    refuses: [
      [undefined, 'undefined'],
      [null, 'null'],
      ['a', "'a'"],
      [() => 1, 'a function'],
      [[], '[]'],
      [new Uint8Array(2), 'a Uint8Array of 2'],
    ],
  },
  {
    name: 'checkOptions with an example',
    check: (value) => checkOptions(value, '{ count: 8 }'),
    argument: 'options',
    expected: 'an object of options, such as { count: 8 }',
    passes: [{}],
    refuses: [[8, '8']],
  },
  {
    name: 'checkObject',
    check: (value) => checkObject('card', value),
    argument: 'card',
    expected: 'an object',
    passes: [{}, [], new Uint8Array(2)],
    refuses: [
      [undefined, 'undefined'],
      [null, 'null'],
      ['a', "'a'"],
      [() => 1, 'a function'],
    ],
  },
  {
    name: 'checkObject in words of its own',
    check: (value) => checkObject('card', value, 'a model card'),
    argument: 'card',
    expected: 'a model card',
    passes: [{}],
    refuses: [[null, 'null']],
  },
  {
    name: 'checkList',
    check: (value) => checkList('files', value),
    argument: 'files',
    expected: 'an array',
    passes: [[], [1]],
    refuses: [
      [undefined, 'undefined'],
      ['ab', "'ab'"],
      [{ length: 0 }, 'an object with length'],
      [new Uint8Array(2), 'a Uint8Array of 2'],
    ],
  },
  {
    name: 'checkList in words of its own',
    check: (value) => checkList('files', value, 'an array of names'),
    argument: 'files',
    expected: 'an array of names',
    passes: [[]],
    refuses: [[1, '1']],
  },
  {
    name: 'checkText',
    check: (value) => checkText('path', value),
    argument: 'path',
    expected: 'a string',
    passes: ['', 'a'],
    refuses: [
      [undefined, 'undefined'],
      [1, '1'],
      [['a'], "['a']"],
    ],
  },
  {
    name: 'checkText in words of its own',
    check: (value) => checkText('path', value, 'the path of a file'),
    argument: 'path',
    expected: 'the path of a file',
    passes: ['a'],
    refuses: [[1, '1']],
  },
  {
    name: 'checkCallback',
    check: (value) => checkCallback('onProgress', value),
    argument: 'onProgress',
    expected: 'a function',
    passes: [undefined, () => 1, class {}],
    refuses: [
      [null, 'null'],
      [true, 'true'],
      [{}, 'an object with no keys'],
    ],
  },
  {
    name: 'checkInteger without an upper bound',
    check: (value) => checkInteger('count', value, 1),
    argument: 'count',
    expected: 'an integer of at least 1',
    passes: [1, 2, MAX],
    refuses: [[0, '0'], [1.5, '1.5'], [MAX + 1, String(MAX + 1)], [2n, '2'], ...NO_FINITE_NUMBERS],
  },
  {
    name: 'checkInteger between two bounds',
    check: (value) => checkInteger('axis', value, -2, 3),
    argument: 'axis',
    expected: 'an integer from -2 to 3',
    passes: [-2, -1, 0, 3],
    refuses: [[-3, '-3'], [4, '4'], [0.5, '0.5'], ...NO_FINITE_NUMBERS],
  },
  {
    name: 'checkSeed',
    check: checkSeed,
    argument: 'seed',
    expected: 'an integer of at least 0',
    passes: [0, 1, MAX],
    refuses: [[-1, '-1'], [0.5, '0.5'], [MAX + 1, String(MAX + 1)], ...NO_FINITE_NUMBERS],
  },
  {
    name: 'checkNumber',
    check: (value) => checkNumber('quality', value, 1),
    argument: 'quality',
    expected: 'a number from 0 to 1',
    passes: [0, 0.5, 1],
    refuses: [[-0.1, '-0.1'], [7, '7'], [1n, '1'], ...NO_FINITE_NUMBERS],
  },
  {
    name: 'checkTemperature',
    check: checkTemperature,
    argument: 'temperature',
    expected: 'a number from 0 to 1e+37',
    passes: [0, 0.5, 1, 1e37],
    refuses: [
      [-Number.MIN_VALUE, '-5e-324'],
      [-1, '-1'],
      [1.1e37, '1.1e+37'],
      ...NO_FINITE_NUMBERS,
    ],
  },
  {
    name: 'checkChoice',
    check: (value) => checkChoice('precision', value, ['fp32', 'fp16', 'int8']),
    argument: 'precision',
    expected: "'fp32' or 'fp16' or 'int8'",
    passes: ['fp32', 'fp16', 'int8'],
    refuses: [
      ['fp64', "'fp64'"],
      ['', "''"],
      [undefined, 'undefined'],
      [['fp32'], "['fp32']"],
    ],
  },
];

describe.each(CASES)('$name', ({ check, argument, expected, passes, refuses }) => {
  test.each(passes.map((value) => [value]))('lets %p pass', (value) => {
    expect(check(value)).toBeUndefined();
  });

  test.each(refuses.map((refused) => [...refused] as const))('refuses %p', (value, received) => {
    const message = `${argument}: expected ${expected}, received ${received}.`;
    expect(() => check(value)).toThrow(ArgumentError);
    expect(() => check(value)).toThrow(expect.objectContaining({ argument, message }));
  });
});

describe('checkNames', () => {
  const KNOWN = { device: true, dtype: true, maxQueue: true } as const;

  test.each([
    ['a letter too many', 'devices', 'device'],
    ['a letter too few', 'dtyp', 'dtype'],
    ['another letter', 'devize', 'device'],
    ['another case', 'maxqueue', 'maxQueue'],
    ['a name of objects', 'toString', 'device'],
    ['no letter', '', 'dtype'],
  ])('%s: the nearest name is told', (_, name, nearest) => {
    expect(() => checkNames({ dtype: 'fp16', [name]: 'cpu' }, KNOWN)).toThrow(
      expect.objectContaining({
        code: 'invalid-argument',
        argument: 'options',
        message: expect.stringMatching(
          `^options: expected '${nearest}' or '(\\w+)' or '(?!\\1)\\w+', received '${name}'\\.$`,
        ),
      }),
    );
  });

  test('one that only the prototype of options has', () => {
    expect(() => checkNames(Object.create({ devices: 1 }), KNOWN)).toThrow(
      "options: expected 'device' or 'dtype' or 'maxQueue', received 'devices'.",
    );
  });

  test('where one name is known, it stands alone', () => {
    expect(() => checkNames({ devices: 1 }, { device: true })).toThrow(
      "options: expected 'device', received 'devices'.",
    );
  });

  test('known names pass, and what is undefined', () => {
    expect(() =>
      checkNames({ device: 1, maxQueue: undefined, devices: undefined }, KNOWN),
    ).not.toThrow();
    expect(() => checkNames({}, KNOWN)).not.toThrow();
  });

  test('what is no object is refused as everywhere', () => {
    expect(() => checkNames(null as never, KNOWN, '{ device: 1 }')).toThrow(
      'options: expected an object of options, such as { device: 1 }, received null.',
    );
  });
});
