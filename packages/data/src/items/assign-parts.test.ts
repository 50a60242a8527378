import { describe, expect, test } from '@jest/globals';
import { assignParts, groupNotes } from './assign-parts.ts';

const items = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `${i}.png` }));

test('about the share is for testing, and pictures that come later move none', () => {
  const parts = assignParts(items(5000), { testShare: 0.2 });
  const share = parts.filter((part) => part === 'test').length / 5000;
  expect(Math.abs(share - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / 5000));
  expect(assignParts(items(9000), { testShare: 0.2 }).slice(0, 5000)).toEqual(parts);
  // A larger share adds to what was for testing.
  const more = assignParts(items(5000), { testShare: 0.3 });
  expect(parts.every((part, i) => part !== 'test' || more[i] === 'test')).toBe(true);
});

test('a handful has both parts', () => {
  for (let count = 2; count < 40; count++) {
    for (const testShare of [0.001, 0.1, 0.999]) {
      const parts = new Set(assignParts(items(count), { testShare }));
      expect(parts).toEqual(new Set(['train', 'test']));
    }
  }
});

test('what the source says is kept; validation alone serves for testing', () => {
  const say = (...parts: ('train' | 'validation' | 'test')[]) =>
    assignParts(parts.map((part, i) => ({ id: `${i}`, part })));
  expect(say('train', 'validation', 'test')).toEqual(['train', 'validation', 'test']);
  expect(say('train', 'validation')).toEqual(['train', 'test']);
  expect(say('train', 'test', 'test')).toEqual(['train', 'test', 'test']);
  expect(new Set(say('train', 'train', 'train'))).toEqual(new Set(['train', 'test']));
});

test.each([['train'], ['validation'], ['test'], ['validation', 'test']] as const)(
  'a source that names %s alone has not said how it is divided',
  (...named) => {
    const options = { testShare: 0.3, validationShare: 0.2 };
    const said = items(200).map(({ id }, i) => ({ id, part: named[i % named.length] as 'train' }));
    expect(assignParts(said, options)).toEqual(assignParts(items(200), options));
  },
);

test('what is said of some items is kept, and the others are divided', () => {
  const all = items(200);
  const said = all.map(({ id }, i) => ({ id, part: i < 50 ? ('test' as const) : undefined }));
  const parts = assignParts(said, { testShare: 0.3 });
  expect(new Set(parts.slice(0, 50))).toEqual(new Set(['test']));
  expect(parts.slice(50)).toEqual(assignParts(all, { testShare: 0.3 }).slice(50));
});

describe('groups', () => {
  const ids = Array.from({ length: 600 }, (_, i) => ({ id: `${i % 200}-${i}.png` }));

  test('items of a group are in one part, whatever comes later', () => {
    const options = { testShare: 0.2, validationShare: 0.1, group: '^[0-9]+' };
    const parts = assignParts(ids, options);
    expect(new Set(parts)).toEqual(new Set(['train', 'validation', 'test']));
    for (const [i, part] of parts.entries()) expect(part).toBe(parts[i % 200]);
    expect(assignParts(ids.slice(0, 300), options)).toEqual(parts.slice(0, 300));
    // By themselves, some would be in others.
    const alone = assignParts(ids, { testShare: 0.2 });
    expect(alone.some((part, i) => part !== alone[i % 200])).toBe(true);
  });

  test('the first group of the expression counts; what does not match stands for itself', () => {
    const named = ['b/cat_1.png', 'a/cat_2.png', 'x.png', 'y.png'].map((id) => ({ id }));
    const alike = assignParts([...named, ...ids], { testShare: 0.5, group: '([a-z]+)_[0-9]' });
    expect(alike[0]).toBe(alike[1]);
    const plain = assignParts([...named, ...ids], { testShare: 0.5 });
    expect(alike.slice(2)).toEqual(plain.slice(2));
  });

  test('a group that is moved to fill a part is moved whole', () => {
    const two = ['a1', 'a2', 'b1', 'b2', 'b3'].map((id) => ({ id }));
    for (const testShare of [0.001, 0.999]) {
      const parts = assignParts(two, { testShare, group: '^.' });
      expect(new Set(parts)).toEqual(new Set(['train', 'test']));
      expect([parts[0], parts[2], parts[2]]).toEqual([parts[1], parts[3], parts[4]]);
    }
  });

  test('what is no regular expression is refused', () => {
    expect(() => assignParts(ids, { group: '(' })).toThrow(/group: expected a regular expression/);
  });

  test.each([{}, { validationShare: 0.89 }, { testShare: 0.99 }])(
    'one group of all, which leaves none for testing, is refused: %j',
    (shares) => {
      const folder = items(100).map(({ id }) => ({ id: `emoji/${id}` }));
      expect(() => assignParts(folder, { ...shares, group: '[a-f]+' })).toThrow(
        /group: expected a pattern by which items differ, .*\(all have the match 'e'\), received '\[a-f\]\+'/,
      );
    },
  );

  test('a pattern that no id matches is told of, with an id', () => {
    const note = "Nothing is grouped: no name has a match of '^#'. The first of 1,200 is ";
    const notes = groupNotes(items(1200), { group: '^#' });
    expect(notes).toEqual([`${note}'${items(1)[0]?.id}'.`]);
    for (const group of [undefined, '^.']) expect(groupNotes(items(3), { group })).toEqual([]);
    expect(groupNotes([], { group: '^#' })).toEqual([]);
  });
});

describe('validation', () => {
  test('is taken from training items, and moves no test item', () => {
    const plain = assignParts(items(2000));
    const parts = assignParts(items(2000), { validationShare: 0.2 });
    expect(parts.map((part) => (part === 'validation' ? 'train' : part))).toEqual(plain);
    const share = parts.filter((part) => part === 'validation').length / 2000;
    expect(Math.abs(share - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / 2000));
  });

  test('comes from what the source says is for training, unless it says which itself', () => {
    const source = (parts: ('train' | 'validation' | 'test')[]) =>
      items(3000).map(({ id }, i) => ({ id, part: parts[i % parts.length] as 'train' }));
    const taken = assignParts(source(['train', 'test']), { validationShare: 0.3 });
    expect(taken.filter((_, i) => i % 2 === 1)).toEqual(new Array(1500).fill('test'));
    expect(taken.includes('validation')).toBe(true);
    const said = source(['train', 'validation', 'test']);
    expect(assignParts(said, { validationShare: 0.3 })).toEqual(said.map(({ part }) => part));
  });
});
