import { LatentkitError } from '@latentkit/core';
import type { ResolvedConfig } from '../settings/config.ts';
import { buildAutoencoder } from './autoencoder.ts';
import type { FamilyModel } from './family.ts';
import { buildFlow } from './flow.ts';
import { buildLadder } from './ladder/ladder.ts';
import { createLikelihood } from './likelihood.ts';
import { buildTwoLayers } from './two-layers.ts';
import { buildVae } from './vae.ts';
import { buildVqVae } from './vq-vae.ts';

/** What a model must know of its data. */
export interface DataShape {
  /** [height, width, channels] */
  readonly itemShape: readonly [number, number, number];
  /** Smallest and largest value of an element. */
  readonly valueRange: readonly [number, number];
  /** Names of the classes: what a conditional model is conditioned on. */
  readonly labelNames: readonly string[];
}

/** The model that a configuration describes, on tfjs's current backend; its weights are all zero. */
export function buildFamily(config: ResolvedConfig, data: DataShape): FamilyModel {
  const { family, latentSize } = config;
  const { itemShape, valueRange } = data;
  if (family === 'cvae' && data.labelNames.length < 2) {
    throw noLabels(data.labelNames, config.data.name === 'arrays');
  }
  const common = {
    itemShape,
    valueRange,
    architecture: config.architecture,
    activation: config.activation,
    blocks: config.blocks,
    hiddenSizes: config.hiddenSizes,
    channels: config.channels,
    centre: config.centre,
    labels: family === 'cvae' ? data.labelNames.length : 0,
    likelihood: createLikelihood(config.likelihood, config.sigma, valueRange),
    kl: { freeBits: config.freeBits, towardsCapacity: config.capacity !== undefined },
  };
  switch (family) {
    case 'ae':
      return buildAutoencoder({ ...common, latentSize });
    case 'hierarchical':
      return buildLadder({ ...common, levels: config.levels, gridLevels: config.gridLevels });
    case 'flow':
      return buildFlow({
        ...common,
        latentSize,
        flow: config.flow,
        steps: config.flowSteps,
        flowHidden: config.flowHidden,
      });
    case 'vq-vae':
      return buildVqVae({
        ...common,
        codes: config.codes,
        codeSize: config.codeSize,
        commitment: config.commitment,
        decay: config.codebookDecay,
        priorChannels: config.priorChannels,
        priorDepth: config.priorDepth,
        priorPosition: config.priorPosition,
      });
    default: {
      // What a model is called follows from what it was trained with.
      const named = family === 'vae' && config.beta !== 1 ? 'beta-vae' : family;
      const samples = family === 'iwae' ? config.samples : 1;
      const { lowerLatentSize, upperHiddenSizes } = config;
      if (named !== 'cvae' && lowerLatentSize !== undefined) {
        return buildTwoLayers({
          ...common,
          family: named,
          latentSize,
          lowerLatentSize,
          upperHiddenSizes,
          samples,
          gradient: config.gradient,
        });
      }
      return buildVae({
        ...common,
        family: named,
        latentSize,
        samples,
        groups: family === 'iwae' && config.bound !== 'iwae' ? config.groups : 1,
        bound: config.bound,
        gradient: config.gradient,
        pseudoInputs: config.prior === 'vamp' ? config.pseudoInputs : 0,
      });
    }
  }
}

function noLabels(names: readonly string[], ofArrays: boolean): LatentkitError {
  const found = names.length === 0 ? 'not every item has one' : `all items are '${names[0]}'`;
  const remedy = ofArrays
    ? 'Give datasetOf `labels`, one for each item,'
    : 'Put the pictures into a sub-folder for each class, or a table labels.csv (file,label) beside them;';
  return new LatentkitError(
    'invalid-data',
    `A cvae is conditioned on labels, two or more, but ${found}. ${remedy} or choose another family.`,
  );
}
