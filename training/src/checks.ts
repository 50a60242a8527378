import { ArgumentError } from '@latentkit/core';

export function checkPositiveInteger(name: string, value: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > max) {
    throw new ArgumentError(name, `an integer from 1 to ${max.toLocaleString('en')}`, value);
  }
}

export function checkSeed(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new ArgumentError(name, 'an integer from 0 to 2^53 - 1', value);
  }
}
