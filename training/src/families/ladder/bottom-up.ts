import * as layers from '@tensorflow/tfjs-layers';
import { downsample } from '../networks/grids.ts';
import { coarsestGrid } from '../networks/halving.ts';
import { activate, apply, dense, type Symbolic } from '../networks/layers.ts';
import { itemFeatures, itemImage, itemInput } from '../networks/networks.ts';
import { residualBlock } from '../networks/residual-block.ts';
import { type Levels, levelName, widthAt } from './levels.ts';

/** x [n, itemSize] → features for each level, topmost first: vectors [n, width], or grids [n, height, width, channels]. */
export function bottomUpNetwork(config: Levels): layers.LayersModel {
  const [x, items] = itemInput(config);
  const grids = gridFeatures(config, items);
  const vectors = vectorFeatures(
    config,
    grids[0] ? flat(config, grids[0]) : itemFeatures(config, items),
  );
  return layers.model({ name: 'encoder', inputs: x, outputs: [...vectors, ...grids] });
}

function gridFeatures(config: Levels, items: Symbolic): Symbolic[] {
  const { levels, gridLevels = [], activation } = config;
  if (gridLevels.length === 0) return [];
  const [, , filters] = coarsestGrid(config);
  const features: Symbolic[] = [];
  let grid = downsample(config, itemImage(config, items));
  for (let level = levels.length + gridLevels.length - 1; level >= levels.length; level--) {
    grid = residualBlock(levelName(level), filters, activation, grid);
    features.unshift(grid);
  }
  return features;
}

function flat({ activation }: Levels, grid: Symbolic): Symbolic {
  return apply(layers.layers.flatten(), activate(activation, grid));
}

function vectorFeatures(config: Levels, below: Symbolic): Symbolic[] {
  const features: Symbolic[] = [];
  let state = below;
  for (let level = config.levels.length - 1; level >= 0; level--) {
    for (const half of ['a', 'b']) {
      state = dense(`${levelName(level)}${half}`, widthAt(config, level), state, config.activation);
    }
    features.unshift(state);
  }
  return features;
}
