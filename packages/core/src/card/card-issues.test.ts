import { describe, expect, test } from '@jest/globals';
import { fakeCard } from '../testing/fake-card.ts';
import type { GraphCard, ModelCard } from './card.ts';
import { cardIssues } from './card-issues.ts';

const card = fakeCard({ labels: ['cat', 'dog', 'owl'] });
const { encoder, decoder } = card.graphs;
const grid = fakeCard({ latent: { kind: 'codes', size: 12, grid: [2, 3], codes: 8, dim: 2 } });
const { likelihood: _, ...withoutLikelihood } = fakeCard();
const alone: ModelCard = { ...withoutLikelihood, family: 'encoder', graphs: { encoder } };

type Side = 'inputs' | 'outputs';
/** A graph whose tensor of a name is changed, or gone. */
function graphWith(graph: GraphCard, side: Side, name: string, changes?: object): GraphCard {
  const infos = graph[side].flatMap((info) =>
    info.name !== name ? [info] : changes ? [{ ...info, ...changes }] : [],
  );
  return { ...graph, [side]: infos };
}
const encoderWith = (...change: [Side, string, object?]): ModelCard => ({
  ...card,
  graphs: { ...card.graphs, encoder: graphWith(encoder, ...change) },
});
const decoderWith = (...change: [Side, string, object?]): ModelCard => ({
  ...card,
  graphs: { ...card.graphs, decoder: graphWith(decoder, ...change) },
});

test.each<[string, ModelCard]>([
  ['a model with labels', card],
  ['codes with a prior', grid],
  ['codes without a prior', { ...grid, graphs: { ...grid.graphs, prior: undefined } }],
  ['an encoder alone', alone],
  [
    'an encoder alone of codes, without their codebook',
    { ...alone, latent: grid.latent, graphs: { encoder: grid.graphs.encoder } },
  ],
  [
    'an item in more dimensions than the graph has',
    encoderWith('inputs', 'x', { shape: ['n', 2, 2, 1] }),
  ],
])('%s is sound', (_, sound) => {
  expect(cardIssues(sound)).toEqual([]);
});

describe('the graphs must have what the card asks for:', () => {
  const X = 'graphs.encoder.inputs.x: expected a named batch dimension and 4 elements an item';
  test.each<[string, ModelCard, string[]]>([
    ['items', encoderWith('inputs', 'x'), ["graphs.encoder.inputs: 'x' is missing"]],
    [
      'items of their size',
      encoderWith('inputs', 'x', { shape: ['batch', 5] }),
      [`${X}, received [batch, 5]`],
    ],
    [
      'items of a size that is known',
      encoderWith('inputs', 'x', { shape: ['batch', 'size'] }),
      [`${X}, received [batch, size]`],
    ],
    [
      'items of a size that is a number',
      encoderWith('inputs', 'x', { shape: ['batch', '4'] }),
      [`${X}, received [batch, 4]`],
    ],
    [
      'items, of an encoder alone too',
      { ...alone, graphs: { encoder: graphWith(encoder, 'inputs', 'x') } },
      ["graphs.encoder.inputs: 'x' is missing"],
    ],
    [
      'any number of items',
      encoderWith('inputs', 'x', { shape: [1, 4] }),
      [`${X}, received [1, 4]`],
    ],
    ['dimensions', encoderWith('inputs', 'x', { shape: [] }), [`${X}, received []`]],
    [
      'floats',
      encoderWith('inputs', 'x', { dtype: 'float16' }),
      ['graphs.encoder.inputs.x: expected float32, received float16'],
    ],
    ['the latent', encoderWith('outputs', 'mean'), ["graphs.encoder.outputs: 'mean' is missing"]],
    [
      'items that are decoded',
      decoderWith('outputs', 'mean'),
      ["graphs.decoder.outputs: 'mean' is missing"],
    ],
    [
      'items that are decoded, of their size',
      decoderWith('outputs', 'mean', { shape: ['batch', 8] }),
      [
        'graphs.decoder.outputs.mean: expected a named batch dimension and 4 elements an item, received [batch, 8]',
      ],
    ],
    ['labels', decoderWith('inputs', 'y'), ["graphs.decoder.inputs: 'y' is missing"]],
    [
      'as many labels as there are',
      decoderWith('inputs', 'y', { shape: ['batch', 2] }),
      [
        'graphs.decoder.inputs.y: expected a named batch dimension and 3 elements an item, received [batch, 2]',
      ],
    ],
    [
      'indices as integers',
      {
        ...grid,
        graphs: {
          ...grid.graphs,
          encoder: graphWith(grid.graphs.encoder, 'outputs', 'indices', { dtype: 'float32' }),
        },
      },
      ['graphs.encoder.outputs.indices: expected int32, received float32'],
    ],
    [
      'a codebook, for codes',
      { ...grid, graphs: { ...grid.graphs, codebook: undefined } },
      ["graphs.codebook.inputs: 'indices' is missing", "graphs.codebook.outputs: 'z_q' is missing"],
    ],
    [
      'logits, of a prior',
      {
        ...grid,
        graphs: {
          ...grid.graphs,
          prior: graphWith(grid.graphs.prior as GraphCard, 'outputs', 'logits', {
            shape: ['batch', 2, 3, 7],
          }),
        },
      },
      [
        'graphs.prior.outputs.logits: expected a named batch dimension and 48 elements an item, received [batch, 2, 3, 7]',
      ],
    ],
  ])('%s', (_, wrong, issues) => {
    expect(cardIssues(wrong)).toEqual(issues);
  });
});

describe('what a model is made of follows from its family:', () => {
  const expectedNone = (part: string) => `${part}: expected none of the family 'encoder'`;
  test.each<[string, ModelCard, string[]]>([
    [
      'a decoder',
      { ...card, graphs: { encoder } },
      ["graphs.decoder: missing (only the family 'encoder' has none)"],
    ],
    [
      'a likelihood',
      { ...withoutLikelihood, graphs: card.graphs },
      ["likelihood: missing (only the family 'encoder' has none)"],
    ],
    [
      'no likelihood, of an encoder alone',
      { ...alone, likelihood: card.likelihood },
      [expectedNone('likelihood')],
    ],
    [
      'no other graphs, of an encoder alone',
      { ...alone, latent: grid.latent, graphs: grid.graphs },
      [
        expectedNone('graphs.decoder'),
        expectedNone('graphs.codebook'),
        expectedNone('graphs.prior'),
      ],
    ],
  ])('%s', (_, wrong, issues) => {
    expect(cardIssues(wrong)).toEqual(issues);
  });
});

describe('8-bit pixels become values that a float32 holds', () => {
  const issuesOf = (scale: number, offset: number) =>
    cardIssues({ ...card, preprocessing: { scale, offset } });
  // The first number that is rounded to infinity.
  const tooLarge = 2 ** 128 - 2 ** 103;

  test.each([
    [0, -3e38],
    [3e38 / 255, 0],
    [1e36, -1e38],
    [(tooLarge - 2 ** 90) / 255, 0],
  ])('with scale %p and offset %p', (scale, offset) => {
    expect(issuesOf(scale, offset)).toEqual([]);
  });

  test.each([
    [0, tooLarge],
    [0, -tooLarge],
    [1e300, 0],
    [(tooLarge + 2 ** 90) / 255, 0],
    [3e38 / 255, 1e38],
  ])('not with scale %p and offset %p', (scale, offset) => {
    expect(issuesOf(scale, offset)).toEqual([
      `preprocessing: expected a scale and offset under which 8-bit pixels are float32 values, received ${scale} and ${offset}`,
    ]);
  });
});

test('a latent that contradicts itself is told first', () => {
  const latent = { kind: 'ladder', size: 2, levels: [1, 2] } as const;
  expect(cardIssues({ ...card, latent: { ...latent, levels: [...latent.levels] } })[0]).toBe(
    'latent.levels: expected a sum of 2, received 3',
  );
});

test('what is said of a latent space has its size', () => {
  const found = { r2: 0.5, deviation: 1, protocol: 'made up' };
  const part = { weight: 1, mean: [0, 0], factor: [1, 0, 1] };
  const latentSpace = {
    directions: [
      { ...found, name: 'a', vector: [1, 2] },
      { ...found, name: 'b', vector: [1] },
      { ...found, name: 'c', vector: [1, 2, 3] },
    ],
    mixture: {
      components: [part, { ...part, mean: [0] }, { ...part, factor: [1, 0, 1, 0] }],
      protocol: 'made up',
    },
  };
  expect(cardIssues({ ...card, latentSpace })).toEqual([
    'latentSpace.directions.1.vector: expected 2 numbers, received 1',
    'latentSpace.directions.2.vector: expected 2 numbers, received 3',
    'latentSpace.mixture.components.1.mean: expected 2 numbers, received 1',
    'latentSpace.mixture.components.2.factor: expected 3 or 2 numbers, received 4',
  ]);
  const prior = {
    components: [part, { ...part, factor: [1, 1] }, { ...part, mean: [0] }],
    protocol: 'x',
  };
  expect(cardIssues({ ...card, latent: { kind: 'gaussian', size: 2, prior } })).toEqual([
    'latent.prior.components.2.mean: expected 2 numbers, received 1',
  ]);
  const larger = fakeCard({ latent: { kind: 'gaussian', size: 4 } });
  const whole = { weight: 1, mean: [0, 0, 0, 0], factor: Array(10).fill(1) };
  expect(
    cardIssues({ ...larger, latentSpace: { mixture: { components: [whole], protocol: 'x' } } }),
  ).toEqual([]);
});
