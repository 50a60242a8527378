import { buildVae, createLikelihood } from '@latentkit/training';

/** A model that is trained side by side; peers/train_epoch.py has the same networks in PyTorch. */
export interface EpochCase {
  readonly model: 'mlp' | 'iwae' | 'conv' | 'resnet';
  readonly batch: number;
  /** Items of an epoch. */
  readonly items: number;
  readonly itemShape: readonly [number, number, number];
}

const GREY = [28, 28, 1] as const;

export const EPOCH_CASES: Readonly<Record<string, EpochCase>> = {
  'VAE 784-400-20, batch 128': { model: 'mlp', batch: 128, items: 60_000, itemShape: GREY },
  'VAE 784-400-20, batch 512': { model: 'mlp', batch: 512, items: 60_000, itemShape: GREY },
  'IWAE 784-200-200-50, k = 5, batch 128': {
    model: 'iwae',
    batch: 128,
    items: 20_000,
    itemShape: GREY,
  },
  'conv VAE 28 × 28, batch 128': { model: 'conv', batch: 128, items: 12_800, itemShape: GREY },
  'resnet VAE 64 × 64 × 3, batch 64': {
    model: 'resnet',
    batch: 64,
    items: 1280,
    itemShape: [64, 64, 3],
  },
};

/** Where a model differs from a plain VAE. */
const MODELS = {
  mlp: { latentSize: 20 },
  iwae: { family: 'iwae', hiddenSizes: [200, 200], latentSize: 50, samples: 5 },
  conv: { architecture: 'conv', hiddenSizes: [128], latentSize: 20 },
  resnet: {
    architecture: 'resnet',
    activation: 'silu',
    hiddenSizes: [256],
    channels: [32, 64, 128, 128],
    latentSize: 128,
  },
} as const;

export function buildCase({ model, itemShape }: EpochCase): ReturnType<typeof buildVae> {
  const likelihood = itemShape[2] === 3 ? 'gaussian' : 'bernoulli';
  return buildVae({
    ...MODELS[model],
    itemShape,
    likelihood: createLikelihood(likelihood, 'learned'),
  });
}
