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

export function checkOneOf(name: string, known: readonly string[], value: string): void {
  if (!known.includes(value)) {
    throw new ArgumentError(name, known.map((item) => `'${item}'`).join(', '), value);
  }
}

export function checkAtLeast(name: string, value: number, least: number): void {
  if (!Number.isFinite(value) || value < least) {
    throw new ArgumentError(name, `a finite number of at least ${least}`, value);
  }
}

export function checkAbove(name: string, value: number, bound: number): void {
  if (!Number.isFinite(value) || value <= bound) {
    throw new ArgumentError(name, `a finite number above ${bound}`, value);
  }
}

/** A share of what was, as decays and momenta are: in [0, 1). */
export function checkShare(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) {
    throw new ArgumentError(name, 'a number from 0 to less than 1', value);
  }
}
