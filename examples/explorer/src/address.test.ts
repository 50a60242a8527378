import { describe, expect, test } from '@jest/globals';
import { fromHash, toHash } from './address.ts';
import type { State } from './state.ts';

const STANDARD: State = {
  layout: { kind: 'umap' },
  colour: 'label',
  focus: undefined,
  density: false,
  view: { x: 0.5, y: 0.5, zoom: 1 },
  spot: { kind: 'item', index: 0 },
  base: undefined,
  edits: {},
  codes: {},
  tab: 'near',
  from: { kind: 'item', index: 0 },
  to: { kind: 'item', index: 1 },
  path: 'slerp',
  sampling: { sampler: 'prior', seed: 1, temperature: 0.9, level: undefined },
  label: undefined,
  groups: [[], []],
};
const KNOWN = {
  ...{ count: 100, size: 20, colours: ['label', 'score', 'factor_a b'] },
  labels: ['0', 'ä/ö & ü'],
  ...{ cells: 49, codes: 64, levels: 2 },
  edits: new Map([
    ...Array.from({ length: 20 }, (_, i) => [`z${i}`, 4] as const),
    ...['smile: wide, open', 'a&b=c', 'é 100%'].map((name) => [name, 4] as const),
  ]),
};
const read = (hash: string) => fromHash(hash, STANDARD, KNOWN);

describe('an address', () => {
  test.each<[string, Partial<State>]>([
    ['as it begins', {}],
    [
      'a place on two dimensions',
      {
        layout: { kind: 'dimensions', axes: [3, 19] },
        spot: { kind: 'place', x: 0.25, y: -0.125 },
        base: 7,
      },
    ],
    [
      'edits by names with signs of their own',
      {
        edits: { z3: -1.5, 'smile: wide, open': 2, 'a&b=c': 0.25, 'é 100%': 1 },
      },
    ],
    [
      'a colour with a space, a class, its density, a view',
      {
        colour: 'factor_a b',
        focus: 4,
        density: true,
        view: { x: 0.125, y: 0.75, zoom: 12.5 },
      },
    ],
    [
      'a morph between a sample and a place',
      {
        tab: 'morph',
        from: {
          ...{ kind: 'sample', sampler: 'mixture', seed: 12, temperature: 0.5, at: 3 },
          level: 1,
        },
        to: { kind: 'place', x: 0.5, y: 0.5 },
        path: 'lerp',
        sampling: { sampler: 'mixture', seed: 9, temperature: 1.25, level: 0 },
      },
    ],
    ['codes of cells, the first one too', { codes: { 0: 63, 48: 0 } }],
    ['a label', { label: 'ä/ö & ü' }],
  ])('holds %s', (_, change) => {
    const state = { ...STANDARD, ...change };
    expect(read(`#${toHash(state)}`)).toEqual(state);
  });

  test('does not hold somebody’s own picture, nor what was made', () => {
    const z = Float32Array.of(1, 2);
    for (const kind of ['picture', 'made'] as const) {
      const state = { ...STANDARD, spot: { kind, name: 'mine', z } } as const;
      expect(toHash(state)).not.toContain('at=');
      expect(read(toHash(state)).spot).toBe(STANDARD.spot);
    }
  });

  test.each([
    ['1e300,-1e300,1e300', { x: 1000, y: -1000, zoom: 400 }],
    ['0.25,-1001,1e-300', { x: 0.25, y: -1000, zoom: 0.5 }],
  ])('that looks at %s shows the nearest view that there is', (text, view) => {
    expect(read(`#view=${text}`).view).toEqual(view);
  });

  test.each([
    '',
    '#',
    '#map=&colour=&view=&at=&base=&edit=&tab=&from=&to=&path=&sampling=',
    '#map=z1,z20&colour=none&focus=-1&view=1,2&at=item:100&base=1.5&edit=z1:&tab=NEAR',
    '#view=0.5,0.5,0&at=item:-1&from=place:1&to=item:x&sampling=prior,1',
    '#view=NaN,1,1&at=prior:1,2&edit=:3&sampling=other,1,1',
    '#at=item:1e3&from=prior:1,-1,1&density=yes',
    '#at=prior:1,1,99&from=prior:1,9,1&to=place:1e300,0',
    '#sampling=prior,1,1.2.3&edit=z0:1e300',
    '#sampling=prior,1,99&edit=nothing:3,z20:1,z1:5,%:1',
    '#label=none',
    '#cells=49:0,0:64,a:1,1:,:3&sampling=prior,1,0.9,2',
  ])('that says nothing sound changes nothing: %s', (hash) => {
    expect(read(hash)).toEqual(STANDARD);
  });
});
