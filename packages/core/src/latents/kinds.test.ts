import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { codes } from './codes.ts';
import { flow } from './flow.ts';
import { LATENT_KINDS, type LatentCard, type LatentKind } from './index.ts';
import { ladder } from './ladder.ts';
import {
  centre,
  centreOf,
  definitionOf,
  gridOf,
  hasPrior,
  isLatentKind,
  latentOf,
  levelsOf,
} from './look-up.ts';
import { point } from './point.ts';
import { sizeInWords } from './size-in-words.ts';

const rows = (dims: number[], ...values: number[]) => tensor(Float32Array.from(values), dims);
type Card<K extends LatentKind> = Extract<LatentCard, { kind: K }>;

const OUTPUTS = {
  mean: rows([1, 4], 1, 1, 1, 1),
  log_var: rows([1, 4], 2, 2, 2, 2),
  z: rows([1, 4], 3, 3, 3, 3),
  log_q: rows([1], 4),
  kl: rows([1, 2], 5, 6),
  z_e: rows([1, 2, 1, 2], 9, 8, 7, 6),
  indices: { data: Int32Array.of(1, 0), dims: [1, 2, 1], dtype: 'int32' } as const,
};

const FLOW: Card<'flow'> = { kind: 'flow', size: 4, flow: 'planar', steps: 3 };
const LADDER: Card<'ladder'> = { kind: 'ladder', size: 4, levels: [1, 3] };
const CODES: Card<'codes'> = { kind: 'codes', size: 4, grid: [2, 1], codes: 8, dim: 2 };
const CARDS: LatentCard[] = [
  { kind: 'gaussian', size: 4 },
  { kind: 'point', size: 4 },
  FLOW,
  LADDER,
  CODES,
];

test('every kind of the table is tried here', () => {
  expect(CARDS.map(({ kind }) => kind)).toEqual(Object.keys(LATENT_KINDS));
});

describe.each(CARDS)('$kind', (card) => {
  test('the roles of its graphs are what it is read from and decoded by', () => {
    const roles = definitionOf(card).roles(card, { prior: true });
    const named = (graph: string, side: string) =>
      roles.filter((role) => role.graph === graph && role.side === side).map(({ name }) => name);
    const outputs = Object.fromEntries(
      Object.entries(OUTPUTS).filter(([name]) => named('encoder', 'outputs').includes(name)),
    );
    expect(latentOf(outputs, card).kind).toBe(card.kind);
    expect(named('decoder', 'inputs')).toEqual([definitionOf(card).decoderInput]);
    expect(named('encoder', 'inputs')).toEqual(definitionOf(card).takesNoise ? ['eps'] : []);
    expect(named('encoder', 'outputs')).toContain(definitionOf(card).centreOutput);
  });

  test('its centre can be read off one output alone', () => {
    const name = definitionOf(card).centreOutput as keyof typeof OUTPUTS;
    const found = centreOf({ [name]: OUTPUTS[name] }, card);
    expect(found).toEqual(centre(latentOf(OUTPUTS, card)));
    expect(found.dims).toEqual([1, 4]);
  });
});

describe('point', () => {
  const latent = point.read(OUTPUTS);

  test('is its code, without a KL', () => {
    expect(latent).toEqual({ kind: 'point', z: OUTPUTS.z });
    expect(point.centre(latent)).toBe(OUTPUTS.z);
    expect(point.toDecode(latent)).toBe(OUTPUTS.z);
    expect(point.draw({ kind: 'point', z: rows([2, 1], 3, 4) })).toEqual({
      z: rows([2, 1], 3, 4),
      kl: Float64Array.of(0, 0),
    });
  });
});

describe('flow', () => {
  test('its KL is ln q − ln p of the draw', () => {
    const latent = flow.read(OUTPUTS);
    expect(latent).toEqual({
      kind: 'flow',
      z: OUTPUTS.z,
      logQ: OUTPUTS.log_q,
      mean: OUTPUTS.mean,
      logVar: OUTPUTS.log_var,
    });
    const { z, kl } = flow.draw(latent);
    expect(z).toBe(OUTPUTS.z);
    // ln p = −½ (4 ln 2π + 4 · 9)
    expect(kl[0]).toBeCloseTo(4 + 2 * Math.log(2 * Math.PI) + 18, 10);
    expect(flow.toDecode(latent)).toBe(OUTPUTS.z);
    expect(flow.centre(latent)).toBe(OUTPUTS.z);
  });

  test('says its steps', () => {
    expect(sizeInWords(FLOW)).toBe('4 dimensions, 3 planar steps');
  });
});

describe('ladder', () => {
  test('its KL is the sum over the levels', () => {
    const latent = ladder.read(OUTPUTS, LADDER);
    expect(latent).toEqual({ kind: 'ladder', z: OUTPUTS.z, kl: OUTPUTS.kl, levels: [1, 3] });
    expect(ladder.draw(latent)).toEqual({ z: OUTPUTS.z, kl: Float64Array.of(11) });
    expect(ladder.toDecode(latent)).toBe(OUTPUTS.z);
    expect(ladder.centre(latent)).toBe(OUTPUTS.z);
  });

  test('its levels sum to its size', () => {
    expect(ladder.issues(LADDER)).toEqual([]);
    expect(ladder.issues({ ...LADDER, levels: [1, 2] })).toEqual([
      'latent.levels: expected a sum of 4, received 3',
    ]);
    expect(sizeInWords(LADDER)).toBe('4 dimensions in levels of 1, 3');
  });
});

describe('codes', () => {
  test('decodes from indices, embeds as vectors, and leaves the KL to its prior', () => {
    const latent = codes.read(OUTPUTS);
    expect(latent).toEqual({ kind: 'codes', indices: OUTPUTS.indices, zE: OUTPUTS.z_e });
    expect(codes.toDecode(latent)).toBe(OUTPUTS.indices);
    expect(codes.draw(latent)).toEqual({ z: OUTPUTS.indices, kl: Float64Array.of(0) });
    expect(codes.centre(latent)).toEqual(rows([1, 4], 9, 8, 7, 6));
  });

  test('its size is height · width · dim', () => {
    expect(codes.issues(CODES)).toEqual([]);
    expect(codes.issues({ ...CODES, dim: 3 })).toEqual([
      'latent.size: expected height · width · dim = 6, received 4',
    ]);
    expect(sizeInWords(CODES)).toBe('2 × 1 codes out of 8, of 2 dimensions each');
  });

  test('a prior is asked for logits of every code of every cell, where there is one', () => {
    const graphs = (prior: boolean) =>
      codes.roles(CODES, { prior }).filter(({ graph }) => graph === 'prior');
    expect(graphs(false)).toEqual([]);
    expect(graphs(true)).toEqual([
      { graph: 'prior', side: 'inputs', name: 'indices', size: 2, dtype: 'int32' },
      { graph: 'prior', side: 'outputs', name: 'logits', size: 16 },
    ]);
  });
});

test('hasPrior: N(0, I), or a graph of the model’s own', () => {
  const having = CARDS.map((latent) => [
    hasPrior({ latent, graphs: {} }),
    hasPrior({ latent, graphs: { prior: {} } }),
  ]);
  expect(having).toEqual([
    [true, true],
    [false, false],
    [true, true],
    [true, true],
    [false, true],
  ]);
});

test('isLatentKind knows the names of the table alone', () => {
  expect(isLatentKind('ladder')).toBe(true);
  for (const other of ['toString', 'fourier', 3, null]) expect(isLatentKind(other)).toBe(false);
});

test.each(['gaussian', 'point', 'flow', 'ladder'] as const)(
  'what a graph gives as maps is read as vectors: %s',
  (kind) => {
    const map = tensor(
      Float32Array.from({ length: 16 }, (_, i) => i),
      [2, 2, 2, 2],
    );
    const numbers = tensor(new Float32Array(2), [2]);
    const outputs = { mean: map, log_var: map, z: map, log_q: numbers, kl: numbers };
    const latent = { kind, size: 8, levels: [8] } as never;
    expect(centre(latentOf(outputs, latent)).dims).toEqual([2, 8]);
  },
);

test('levels and grid of a card, whatever its kind', () => {
  const shapes = CARDS.map((latent) => [
    latent.kind,
    levelsOf({ latent }),
    gridOf({ latent })?.grid,
  ]);
  expect(shapes).toEqual([
    ['gaussian', [4], undefined],
    ['point', [4], undefined],
    ['flow', [4], undefined],
    ['ladder', [1, 3], undefined],
    ['codes', [4], [2, 1]],
  ]);
  expect(() => levelsOf({ latent: { kind: 'cube', size: 1 } as never })).toThrow(
    'card.latent.kind',
  );
  expect(() => gridOf(undefined as never)).toThrow('card');
});

test('the KL that is said to be exact is zero at the prior and never below', () => {
  const zero = (dims: number[]) => rows(dims, ...new Array(dims[0]! * dims[1]!).fill(0));
  const atPrior = { mean: zero([2, 4]), log_var: zero([2, 4]), z: zero([2, 4]), kl: zero([2, 2]) };
  const exact = CARDS.filter((card) => definitionOf(card).exactKl);
  expect(exact.map(({ kind }) => kind)).toEqual(['gaussian', 'ladder']);
  for (const card of exact) {
    const latent = latentOf(atPrior, card);
    expect(definitionOf(card).draw(latent, { seed: 3 }).kl).toEqual(Float64Array.of(0, 0));
  }
});
