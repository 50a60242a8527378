import { buildAutoencoder } from './autoencoder.ts';
import type { FamilyModel } from './family.ts';
import { buildFlow } from './flow.ts';
import { buildLadder } from './ladder/ladder.ts';
import { createLikelihood } from './likelihood.ts';
import type { NetworkConfig } from './networks/network-config.ts';
import { buildTwoLayers, type TwoLayerConfig } from './two-layers.ts';
import { buildVae } from './vae.ts';
import { buildVqVae } from './vq-vae.ts';

const network: NetworkConfig = {
  itemShape: [5, 4, 1],
  architecture: 'mlp',
  hiddenSizes: [7],
  channels: [3, 4],
  blocks: 1,
  activation: 'relu',
  labels: 0,
  centre: true,
};
const common = {
  get likelihood() {
    return createLikelihood('bernoulli');
  },
  valueRange: [0, 1] as const,
  kl: { freeBits: 0, towardsCapacity: false },
};

function twoLayers(given: Partial<TwoLayerConfig>): FamilyModel {
  return buildTwoLayers({
    ...network,
    ...common,
    family: 'vae',
    latentSize: 2,
    lowerLatentSize: 3,
    upperHiddenSizes: [5],
    samples: 1,
    gradient: 'standard',
    ...given,
  });
}

/** A small model of each family and architecture, for tests that hold for all of them. */
export const FAMILIES: Record<string, () => FamilyModel> = {
  ae: () => buildAutoencoder({ ...network, ...common, latentSize: 3 }),
  vae: () => buildVae({ ...network, ...common, family: 'vae', latentSize: 3, samples: 1 }),
  'conv vae': () =>
    buildVae({
      ...network,
      ...common,
      architecture: 'conv',
      family: 'vae',
      latentSize: 3,
      samples: 1,
    }),
  'resnet vae': () =>
    buildVae({
      ...network,
      ...common,
      architecture: 'resnet',
      activation: 'silu',
      // As many as the compiled engine runs in blocks.
      channels: [16, 32],
      family: 'vae',
      latentSize: 3,
      samples: 1,
    }),
  'elu vae': () =>
    buildVae({
      ...network,
      ...common,
      activation: 'elu',
      family: 'vae',
      latentSize: 3,
      samples: 1,
    }),
  'gated vae': () => buildVae({ ...network, ...common, activation: 'gated', latentSize: 3 }),
  'gated conv vae': () =>
    buildVae({
      ...network,
      ...common,
      architecture: 'conv',
      activation: 'gated',
      channels: [16, 32],
      latentSize: 3,
    }),
  'gated resnet vae': () =>
    buildVae({ ...network, ...common, architecture: 'resnet', activation: 'gated', latentSize: 3 }),
  'laplace vae': () =>
    buildVae({
      ...network,
      ...common,
      likelihood: createLikelihood('laplace', 'learned'),
      latentSize: 3,
    }),
  'discretised logistic vae': () =>
    buildVae({
      ...network,
      ...common,
      likelihood: createLikelihood('discretised-logistic', 'learned'),
      latentSize: 3,
    }),
  'capacity, free bits': () =>
    buildVae({
      ...network,
      ...common,
      kl: { freeBits: 0.1, towardsCapacity: true },
      family: 'beta-vae',
      latentSize: 3,
      samples: 1,
    }),
  iwae: () => buildVae({ ...network, ...common, family: 'iwae', latentSize: 3, samples: 4 }),
  'vae, stl': () => buildVae({ ...network, ...common, latentSize: 3, gradient: 'stl' }),
  'iwae, dreg': () =>
    buildVae({
      ...network,
      ...common,
      family: 'iwae',
      latentSize: 3,
      samples: 4,
      gradient: 'dreg',
    }),
  'piwae, dreg': () =>
    buildVae({
      ...network,
      ...common,
      family: 'iwae',
      latentSize: 3,
      samples: 2,
      groups: 3,
      bound: 'piwae',
      gradient: 'dreg',
    }),
  miwae: () =>
    buildVae({
      ...network,
      ...common,
      family: 'iwae',
      latentSize: 3,
      samples: 2,
      groups: 2,
      bound: 'miwae',
    }),
  vamp: () => buildVae({ ...network, ...common, latentSize: 3, pseudoInputs: 4 }),
  'vamp, stl': () =>
    buildVae({ ...network, ...common, latentSize: 3, pseudoInputs: 4, gradient: 'stl' }),
  'vamp, conv, iwae': () =>
    buildVae({
      ...network,
      ...common,
      architecture: 'conv',
      family: 'iwae',
      latentSize: 3,
      samples: 2,
      pseudoInputs: 4,
    }),
  'vamp, dreg': () =>
    buildVae({
      ...network,
      ...common,
      family: 'iwae',
      latentSize: 3,
      samples: 3,
      gradient: 'dreg',
      pseudoInputs: 4,
    }),
  cvae: () =>
    buildVae({ ...network, ...common, labels: 3, family: 'cvae', latentSize: 3, samples: 1 }),
  'cvae, conv': () =>
    buildVae({
      ...network,
      ...common,
      architecture: 'conv',
      labels: 3,
      family: 'cvae',
      latentSize: 3,
      samples: 1,
    }),
  ladder: () => buildLadder({ ...network, ...common, hiddenSizes: [7, 6, 5], levels: [2, 3, 4] }),
  'ladder, conv': () =>
    buildLadder({
      ...network,
      ...common,
      architecture: 'conv',
      hiddenSizes: [7, 6, 5],
      levels: [2, 3, 4],
    }),
  'ladder, resnet': () =>
    buildLadder({
      ...network,
      ...common,
      architecture: 'resnet',
      activation: 'elu',
      hiddenSizes: [7, 6, 5],
      levels: [2, 3, 4],
    }),
  'ladder on a grid, conv': () =>
    buildLadder({
      ...network,
      ...common,
      architecture: 'conv',
      activation: 'silu',
      hiddenSizes: [6],
      levels: [3],
      gridLevels: [2, 1],
    }),
  'ladder on a grid, gated resnet': () =>
    buildLadder({
      ...network,
      ...common,
      architecture: 'resnet',
      activation: 'gated',
      hiddenSizes: [7, 6],
      levels: [2, 3],
      gridLevels: [2],
    }),
  planar: () =>
    buildFlow({ ...network, ...common, latentSize: 3, flow: 'planar', steps: 3, flowHidden: 5 }),
  iaf: () =>
    buildFlow({ ...network, ...common, latentSize: 3, flow: 'iaf', steps: 2, flowHidden: 5 }),
  'two layers': () => twoLayers({ upperHiddenSizes: [5, 4] }),
  'two layers, iwae': () => twoLayers({ family: 'iwae', samples: 4 }),
  'two layers, conv': () =>
    twoLayers({ architecture: 'conv', family: 'iwae', upperHiddenSizes: [], samples: 2 }),
  'two layers, stl': () => twoLayers({ gradient: 'stl' }),
  'vq-vae': () =>
    buildVqVae({
      ...network,
      ...common,
      architecture: 'conv',
      codes: 6,
      codeSize: 3,
      commitment: 0.25,
      decay: 0.9,
      priorChannels: 4,
      priorDepth: 1,
      priorPosition: 'unseen',
    }),
  'vq-vae, resnet': () =>
    buildVqVae({
      ...network,
      ...common,
      architecture: 'resnet',
      activation: 'silu',
      codes: 6,
      codeSize: 3,
      commitment: 0.25,
      decay: 0.9,
      priorChannels: 4,
      priorDepth: 1,
      priorPosition: 'learned',
    }),
};
