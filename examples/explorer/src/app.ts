import type { Points } from './data/load-points.ts';
import type { Thumbnails } from './data/thumbnails.ts';
import type { PointMap } from './map/map.ts';
import type { Workbench } from './model/workbench.ts';
import type { Spot, State, Store } from './state.ts';

/** What every part of the page works with. */
export interface App {
  readonly store: Store;
  readonly points: Points;
  readonly thumbnails: Thumbnails;
  readonly map: PointMap;
  readonly bench: Workbench;
  /** The latent of a spot, without edits. */
  latentOf(spot: Spot): Float32Array;
  /** The latent that is on the bench, with its edits. */
  current(): Float32Array;
  nameOf(spot: Spot): string;
  /** Where the bench is on the map. */
  placeOfBench(): readonly [number, number];
  /** Puts a spot on the bench, without edits; "back" leads to what was there. */
  choose(spot: Spot): void;
  /** The score of somebody's own picture, in nats, by its latent. */
  scoreOfOwn(z: Float32Array): number | undefined;
  /** Says something to people who use a screen reader. */
  say(text: string): void;
  /** Shows people something, until they do something else. */
  tell(text: string): void;
  /** Shows what went wrong, until something else is done. */
  failed(error: unknown): void;
}

/** One of the tabs below the picture. */
export interface Panel {
  readonly root: HTMLElement;
  /** Called when the tab is opened, and after changes while it is open. */
  show(changed: ReadonlySet<keyof State> | undefined): void;
}

/** What a spot is to the map and the address: whether two are the same one. */
export function sameSpot(a: Spot | undefined, b: Spot | undefined): boolean {
  return a === b || (a?.kind === b?.kind && JSON.stringify(a) === JSON.stringify(b));
}
