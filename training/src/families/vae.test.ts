import { beforeAll, describe, expect, test } from '@jest/globals';
import { chooseBackend } from '../backends/choose-backend.ts';
import { createLikelihood } from './likelihood.ts';
import { buildVae, type VaeConfig } from './vae.ts';

beforeAll(() => chooseBackend('cpu'));

const likelihood = createLikelihood('bernoulli');
const SOUND: VaeConfig = { itemShape: [4, 4, 1], latentSize: 2, likelihood };

describe('buildVae', () => {
  test.each<[string, object]>([
    ['options', { latentsize: 3 }],
    ['latentSize', { latentSize: 0 }],
    ['latentSize', { latentSize: 1.5 }],
    ['itemShape[0]', { itemShape: [0, 28, 1] }],
    ['itemShape', { itemShape: [28] }],
    ['itemShape', { itemShape: undefined }],
    ['likelihood', { likelihood: undefined }],
    ['likelihood', { likelihood: 'bernoulli' }],
    ['likelihood', { valueRange: [-1, 1] }],
    ['valueRange', { valueRange: [1, 0] }],
    ['architecture', { architecture: 'rnn' }],
    ['activation', { activation: 'gelu' }],
    ['hiddenSizes[1]', { hiddenSizes: [8, 0] }],
    ['channels', { architecture: 'conv', channels: [] }],
    ['blocks', { blocks: 0 }],
    ['labels', { labels: -1 }],
    ['samples', { samples: 0 }],
    ['groups', { groups: 1.5 }],
    ['pseudoInputs', { pseudoInputs: -1 }],
    ['bound', { bound: 'elbo' }],
    ['gradient', { gradient: 'reinforce' }],
  ])('refuses %s, %j', (argument, change) => {
    const build = () => buildVae({ ...SOUND, ...change } as VaeConfig);
    expect(build).toThrow(expect.objectContaining({ code: 'invalid-argument', argument }));
  });
});
