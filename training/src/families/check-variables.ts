import { ArgumentError } from '@latentkit/core';
import { checkList } from '@latentkit/core/runtime';
import type { NamedVariable } from './variables.ts';

/** @throws ArgumentError for what is no list of named variables */
export function checkVariables(argument: string, variables: readonly NamedVariable[]): void {
  checkList(argument, variables, 'named variables');
  for (const each of variables) {
    if (typeof each?.name !== 'string' || typeof each.variable?.assign !== 'function') {
      throw new ArgumentError(argument, 'named variables, { name, variable }', each);
    }
  }
}
