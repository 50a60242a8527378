import { LatentkitError } from '@latentkit/core';
import type { EngineState } from './engine.ts';

/** @throws LatentkitError `invalid-data` unless the state has exactly these names and shapes */
export function checkState(
  named: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  state: EngineState,
): void {
  const faults = [...named].flatMap(([key, { shape }]) => {
    const given = state.get(key);
    if (!given) return [`${key} is missing`];
    const fits =
      given.shape.length === shape.length && given.shape.every((dim, i) => dim === shape[i]);
    return fits ? [] : [`${key} is [${given.shape}] instead of [${shape}]`];
  });
  for (const key of state.keys())
    if (!named.has(key)) faults.push(`${key} is not part of the model`);
  if (faults.length > 0) {
    throw new LatentkitError(
      'invalid-data',
      `The state does not fit the model: ${faults.join('; ')}.`,
    );
  }
}
