import { expect, test } from '@jest/globals';
import { fakeCard } from '@latentkit/core/testing';
import { collapseWarnings } from './collapse-warnings.ts';

type Facts = Parameters<typeof collapseWarnings>[1];

const advice = 'Warm the KL weight up from 0, allow free bits, lower β, or weaken the decoder';
const collapsed = (carried: string, way = advice) =>
  `The posterior has collapsed: none of 20 dimensions is in use${carried}, so every item is decoded alike. ${way}.`;
const few = (count: number, of: number) =>
  `Only ${count} of ${of} dimensions are in use. ${advice}; or take a smaller latent, which would do the same.`;
const skipped = (which: string) =>
  `${which} less than 0.1 nats: the levels below do the work alone. ${advice}; free bits help levels most.`;

test.each<[string, Facts, string[]]>([
  ['nothing known', {}, []],
  ['all in use', { activeUnits: { count: 20, of: 20 }, klByDimension: [1, 0.5] }, []],
  [
    'none in use',
    { activeUnits: { count: 0, of: 20 }, klByDimension: [0.02, 0.0256] },
    [collapsed(', and together they carry 0.046 nats')],
  ],
  [
    'an estimate below what information can be',
    {
      activeUnits: { count: 0, of: 20 },
      information: { mutual: -0.012, aggregateKl: 0.02, items: 50 },
    },
    [collapsed(', and together they carry 0.000 nats')],
  ],
  ['none in use, of no distribution', { activeUnits: { count: 0, of: 20 } }, [collapsed('')]],
  [
    'some in use that carry nothing',
    { activeUnits: { count: 3, of: 20 }, klByDimension: [0.03, 0.06] },
    [collapsed(', and together they carry 0.090 nats')],
  ],
  [
    'none in use, and nats all the same, in which items differ',
    {
      activeUnits: { count: 0, of: 20 },
      klByDimension: [0.2, 0.25],
      information: { mutual: 0.3, aggregateKl: 0.15, items: 50 },
    },
    [few(0, 20)],
  ],
  [
    'a KL in which items do not differ',
    {
      activeUnits: { count: 0, of: 20 },
      klByDimension: [0.2, 0.25],
      information: { mutual: 0.002, aggregateKl: 0.448, items: 50 },
    },
    [collapsed(', and together they carry 0.002 nats')],
  ],
  [
    'levels whose means hardly vary',
    { activeUnits: { count: 0, of: 20 }, klByLevel: [2.7, 15] },
    [],
  ],
  [
    'levels that carry nothing together',
    { activeUnits: { count: 0, of: 20 }, klByLevel: [0.01, 0.02] },
    [
      `The posterior has collapsed: all 2 levels together carry 0.030 nats, so every item is decoded alike. ${advice}.`,
    ],
  ],
  ['a tenth of a nat in all', { klByDimension: [0.05, 0.05] }, []],
  ['a tenth of the dimensions', { activeUnits: { count: 2, of: 20 } }, []],
  ['less than a tenth', { activeUnits: { count: 1, of: 11 } }, [few(1, 11)]],
  ['levels in use', { klByLevel: [0.1, 5] }, []],
  [
    'one level skipped',
    { klByLevel: [5, 0.09, 3] },
    [skipped('Level 2 of 3 (1 is the topmost) carries')],
  ],
  [
    'two levels skipped',
    { klByLevel: [0, 4, 0.05] },
    [skipped('Levels 1, 3 of 3 (1 is the topmost) carry')],
  ],
  ['a tenth of a codebook', { codes: { perplexity: 6.4, codes: 64, dead: 50 } }, []],
  [
    'less',
    { codes: { perplexity: 6.37, codes: 64, dead: 50 } },
    [
      'The codebook is hardly used: perplexity 6.4 of 64 codes, 50 never chosen. Start it from data (k-means), restart dead codes, or take fewer codes.',
    ],
  ],
])('%s', (_, facts, warnings) => {
  const card = fakeCard({ latent: { kind: 'gaussian', size: 20 } });
  expect(collapseWarnings(card, facts, 64)).toEqual(warnings);
});

test('of fewer codes chosen than there are, none is said to go unused', () => {
  const codes = { perplexity: 6.37, codes: 64, dead: 50 };
  expect(collapseWarnings(fakeCard(), { codes }, 63)).toEqual([]);
});

test.each<[number, string[]]>([
  [17.7, [few(0, 20)]],
  [0.02, [collapsed(', and together they carry 0.020 nats')]],
])('of a latent that is drawn inside the encoder, a KL of %d nats counts', (kl, warnings) => {
  const card = fakeCard({ latent: { kind: 'flow', size: 20, flow: 'iaf', steps: 2 } });
  const facts = { activeUnits: { count: 0, of: 20 } };
  expect(collapseWarnings(card, facts, 0, kl)).toEqual(warnings);
});

test('codes without a KL have another reason', () => {
  const card = { ...fakeCard({ latent: { kind: 'point', size: 20 } }), family: 'ae' } as const;
  expect(collapseWarnings(card, { activeUnits: { count: 0, of: 20 } }, 0)).toEqual([
    collapsed('', 'Lower the learning rate: all codes are the same'),
  ]);
});
