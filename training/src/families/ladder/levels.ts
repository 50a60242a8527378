import { coarsestGrid } from '../networks/halving.ts';
import type { NetworkConfig } from '../networks/network-config.ts';

/** The networks of a ladder and what its levels are. */
export interface Levels extends NetworkConfig {
  /** Dimensions of each level that is a vector, the topmost (most abstract) first; at least 1. */
  readonly levels: readonly number[];
  /** Channels of each level on the coarsest grid of the convolutions, below those, from the top; none by default. */
  readonly gridLevels?: readonly number[] | undefined;
}

/** Dimensions of all levels, the topmost first: one on the grid has its channels at each cell. */
export function levelSizes(config: Levels): number[] {
  const { levels, gridLevels = [] } = config;
  if (gridLevels.length === 0) return [...levels];
  const [height, width] = coarsestGrid(config);
  return [...levels, ...gridLevels.map((channels) => height * width * channels)];
}

/**
 * Width of the state at a level that is a vector: the encoder's sizes run from the input inwards, levels from the top.
 *
 * @param level from 0, the topmost
 */
export function widthAt({ hiddenSizes, levels }: Levels, level: number): number {
  return hiddenSizes[
    Math.max(0, Math.min(hiddenSizes.length, levels.length) - 1 - level)
  ] as number;
}

/** What a level is called in the names of its layers, from 1, the topmost. */
export function levelName(level: number): string {
  return `level_${level + 1}`;
}
