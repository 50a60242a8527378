import { AVERAGE_SLOT } from '../optimizers/with-average.ts';
import type { EngineState } from './engine.ts';

const PREFIX = `${AVERAGE_SLOT}/`;

/** The state with the average of each weight in the weight's place; as it is where none are kept. */
export function averagedState(state: EngineState): EngineState {
  const averaged = new Map(state);
  for (const [name, average] of state) {
    if (name.startsWith(PREFIX)) averaged.set(name.slice(PREFIX.length), average);
  }
  return averaged;
}

/** The state with each average where its weight is: before the first step. */
export function startAverages(state: EngineState): EngineState {
  const started = new Map(state);
  for (const name of state.keys()) {
    const weight = name.startsWith(PREFIX) ? state.get(name.slice(PREFIX.length)) : undefined;
    if (weight) started.set(name, weight);
  }
  return started;
}
