import * as layers from '@tensorflow/tfjs-layers';
import { upsample } from '../networks/grids.ts';
import { coarsestGrid } from '../networks/halving.ts';
import { activate, apply, convolution, join, type Symbolic } from '../networks/layers.ts';
import { coarseGrid } from '../networks/networks.ts';
import { residualBlock } from '../networks/residual-block.ts';
import { type Levels, levelName, levelSizes, widthAt } from './levels.ts';
import type { Rung } from './rung.ts';

const { layers: layer } = layers;

/**
 * A level that has a few latents at each cell of the coarsest grid. The state passes it by and is added to, as in a
 * residual network (Vahdat & Kautz 2020, §3.1): a ladder of many such levels trains like one of few.
 */
export function gridRung(config: Levels, level: number): Rung {
  const { activation } = config;
  const name = levelName(level);
  const grid = coarsestGrid(config);
  const [height, width, filters] = grid;
  const channels = config.gridLevels?.[level - config.levels.length] as number;
  const input = (of: string) => layers.input({ shape: grid, name: of });
  const pair = (of: Symbolic) =>
    ['mean', 'log_var'].map((head) =>
      apply(layer.flatten(), convolution({ name: head, filters: channels, kernelSize: 1 }, of)),
    );

  const posteriorInputs = [input('features'), input('state')];
  const both = activate(activation, join(posteriorInputs));
  const posterior = layers.model({
    name: `posterior/${name}`,
    inputs: posteriorInputs,
    outputs: pair(convolution({ name: 'hidden', filters, kernelSize: 3, activation }, both)),
  });
  const above = input('state');
  const prior = layers.model({
    name: `prior/${name}`,
    inputs: above,
    outputs: pair(activate(activation, above)),
  });
  const z = layers.input({ shape: [levelSizes(config)[level] as number], name: 'z' });
  const state = input('state');
  const cells = apply(layer.reshape({ targetShape: [height, width, channels] }), z);
  const added = apply(layer.add(), [
    state,
    convolution({ name: 'from_z', filters, kernelSize: 1 }, cells),
  ]);
  const merge = layers.model({
    name: `merge/${name}`,
    inputs: [state, z],
    outputs: residualBlock('block', filters, activation, added),
  });
  return { posterior, prior, merge };
}

/** state [n, width] of the lowest level that is a vector → state [n, height, width, channels] of the first on the grid */
export function intoGrid(config: Levels): layers.LayersModel {
  const [, , filters] = coarsestGrid(config);
  const above = layers.input({
    shape: [widthAt(config, config.levels.length - 1)],
    name: 'state',
  });
  return layers.model({
    name: 'grid',
    inputs: above,
    outputs: residualBlock('block', filters, config.activation, coarseGrid(config, above)),
  });
}

/** state [n, height, width, channels] of the lowest level → the likelihood's parameter [n, itemSize] */
export function outOfGrid(config: Levels): layers.LayersModel {
  const state = layers.input({ shape: coarsestGrid(config), name: 'state' });
  // The blocks of a residual network activate what they are given themselves.
  const below = config.architecture === 'resnet' ? state : activate(config.activation, state);
  return layers.model({
    name: 'output',
    inputs: state,
    outputs: apply(layer.flatten(), upsample(config, below)),
  });
}
