import type { ResolvedConfig, TrainEvent } from '@latentkit/training';

/** The events of one kind. */
export type EventOf<T extends TrainEvent['type']> = Extract<TrainEvent, { type: T }>;

/** Shows how far the epoch in progress has come. */
export interface Meter {
  step(event: EventOf<'step'>, family?: ResolvedConfig['family']): void;
  /** Clears what is drawn, so that a line can be written. */
  clear(): void;
}
