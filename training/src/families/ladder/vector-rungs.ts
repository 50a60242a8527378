import * as layers from '@tensorflow/tfjs-layers';
import { dense, join, type Symbolic } from '../networks/layers.ts';
import { itemHead } from '../networks/networks.ts';
import { type Levels, levelName, widthAt } from './levels.ts';
import type { Rung } from './rung.ts';

const input = (name: string, size: number) => layers.input({ shape: [size], name });

/** A level whose latents, features and state are vectors. */
export function vectorRung(config: Levels, level: number): Rung {
  const { activation } = config;
  const dims = config.levels[level] as number;
  const width = widthAt(config, level);
  const pair = (of: Symbolic) => ['mean', 'log_var'].map((head) => dense(head, dims, of));
  const stack = (of: Symbolic) =>
    ['hidden_1', 'hidden_2'].reduce((below, name) => dense(name, width, below, activation), of);
  const above = level === 0 ? [] : [widthAt(config, level - 1)];
  const name = levelName(level);

  const posteriorInputs = [input('features', width), ...above.map((size) => input('state', size))];
  const posterior = layers.model({
    name: `posterior/${name}`,
    inputs: posteriorInputs,
    outputs: pair(dense('hidden', width, join(posteriorInputs), activation)),
  });
  const [stateAbove] = above.map((size) => input('state', size));
  const prior =
    stateAbove &&
    layers.model({ name: `prior/${name}`, inputs: stateAbove, outputs: pair(stateAbove) });
  const mergeInputs = [...above.map((size) => input('state', size)), input('z', dims)];
  const merge = layers.model({
    name: `merge/${name}`,
    inputs: mergeInputs,
    outputs: stack(join(mergeInputs)),
  });
  return { posterior, prior, merge };
}

/** state [n, width] of the lowest level → the likelihood's parameter [n, itemSize] */
export function outOfVector(config: Levels): layers.LayersModel {
  const state = input('state', widthAt(config, config.levels.length - 1));
  return layers.model({ name: 'output', inputs: state, outputs: itemHead(config, state) });
}
