import type { LatentKind } from '@latentkit/core';
import type { TrainConfig } from '@latentkit/training';

/** A small model of a family, and what its card must come to say. */
export interface FamilySetup {
  readonly config: Partial<TrainConfig>;
  readonly latent: LatentKind;
  /** Numbers in one latent. */
  readonly size: number;
  /** Its graphs, each with its inputs and outputs: `x → mean, log_var`. */
  readonly graphs: Readonly<Record<string, string>>;
  /** Nats that the training loss falls by from the first epoch to the last, at the least. */
  readonly falls: number;
  /** Whether WebGPU leaves some of its nodes to the processor: it has no int64, as indices are. */
  readonly partlyOnProcessor?: boolean;
}

const gaussian = {
  latent: 'gaussian',
  size: 4,
  graphs: { encoder: 'x → mean, log_var', decoder: 'z → logits, mean' },
  falls: 100,
} as const satisfies Omit<FamilySetup, 'config'>;
const drawsInside = {
  encoder: 'x, eps → z, log_q, mean, log_var',
  decoder: 'z → logits, mean',
} as const;

/** Every family, both architectures, three likelihoods. */
export const FAMILY_SETUPS: Readonly<Record<string, FamilySetup>> = {
  ae: {
    ...gaussian,
    config: { family: 'ae' },
    latent: 'point',
    graphs: { encoder: 'x → z', decoder: 'z → logits, mean' },
  },
  vae: { ...gaussian, config: { family: 'vae', likelihood: 'continuous-bernoulli' } },
  'vae, conv': {
    ...gaussian,
    config: {
      family: 'vae',
      architecture: 'conv',
      channels: [4, 8],
      likelihood: 'gaussian',
      sigma: 'learned',
    },
    graphs: { encoder: 'x → mean, log_var', decoder: 'z → mean' },
    falls: 50,
  },
  'beta-vae, capacity': { ...gaussian, config: { family: 'beta-vae', beta: 4, capacity: 5 } },
  iwae: { ...gaussian, config: { family: 'iwae', samples: 3 } },
  'vae, vamp': { ...gaussian, config: { family: 'vae', prior: 'vamp', pseudoInputs: 6 } },
  cvae: {
    ...gaussian,
    config: { family: 'cvae' },
    graphs: { encoder: 'x, y → mean, log_var', decoder: 'z, y → logits, mean' },
  },
  hierarchical: {
    ...gaussian,
    config: {
      family: 'hierarchical',
      latentSize: undefined,
      levels: [2, 3, 4],
      hiddenSizes: [32, 24, 16],
    },
    latent: 'ladder',
    size: 9,
    graphs: { encoder: 'x, eps → z, kl', decoder: 'z → logits, mean' },
  },
  'hierarchical, on a grid': {
    ...gaussian,
    config: {
      family: 'hierarchical',
      architecture: 'conv',
      channels: [4, 8],
      latentSize: undefined,
      levels: [3],
      gridLevels: [1, 2],
      hiddenSizes: [24],
    },
    latent: 'ladder',
    // 3, and of the grid of 7 × 7 cells 49 and 98.
    size: 150,
    graphs: { encoder: 'x, eps → z, kl', decoder: 'z → logits, mean' },
  },
  'flow, planar': {
    ...gaussian,
    config: { family: 'flow', flow: 'planar', flowSteps: 2 },
    latent: 'flow',
    graphs: drawsInside,
  },
  'flow, iaf': {
    ...gaussian,
    config: { family: 'flow', flow: 'iaf', flowSteps: 2, flowHidden: 16 },
    latent: 'flow',
    graphs: drawsInside,
  },
  'vae, two layers': {
    ...gaussian,
    config: { family: 'vae', lowerLatentSize: 6, upperHiddenSizes: [16] },
    latent: 'flow',
    size: 10,
    graphs: drawsInside,
  },
  'iwae, two layers': {
    ...gaussian,
    config: { family: 'iwae', samples: 3, lowerLatentSize: 6, upperHiddenSizes: [16] },
    latent: 'flow',
    size: 10,
    graphs: drawsInside,
  },
  'vq-vae': {
    config: {
      family: 'vq-vae',
      latentSize: undefined,
      hiddenSizes: undefined,
      channels: [4, 8],
      codes: 16,
      codeSize: 4,
      priorChannels: 8,
      priorDepth: 1,
    },
    latent: 'codes',
    size: 7 * 7 * 4,
    graphs: {
      encoder: 'x → indices, z_e',
      codebook: 'indices → z_q',
      decoder: 'z_q → mean',
      prior: 'indices → logits',
    },
    falls: 100,
    partlyOnProcessor: true,
  },
};
