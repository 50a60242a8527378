import { expect, test } from '@jest/globals';
import type { ModelCard } from '@latentkit/core';
import { klInWords } from './kl-in-words.ts';

test.each<[ModelCard['latent'], string, string]>([
  [
    { kind: 'gaussian', size: 2 },
    'KL of the posterior from N(0, I), exact, summed over dimensions',
    'KL of the posterior from N(0, I), exact',
  ],
  [
    { kind: 'point', size: 2 },
    'none: the code is deterministic',
    'none: the code is deterministic',
  ],
  [
    { kind: 'flow', size: 2, flow: 'iaf', steps: 1 },
    'KL of the posterior from N(0, I), estimated from one draw',
    'KL of the posterior from N(0, I), estimated by the same draws',
  ],
  [
    { kind: 'ladder', size: 4, levels: [1, 3] },
    'KL of each level from its prior, exact for the levels drawn above it, summed over levels',
    'KL of each level from its prior given the levels above, exact for the draws above',
  ],
  [
    { kind: 'codes', size: 4, grid: [1, 2], codes: 8, dim: 2 },
    'cross-entropy of the codes under the learned prior, summed over the grid',
    "cross-entropy of the codes under the model's own prior",
  ],
])('the KL of %p', (latent, ofOne, ofSeveral) => {
  expect(klInWords({ latent })).toEqual({ ofOne, ofSeveral });
});
