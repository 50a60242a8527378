import { InvalidArgumentError } from 'commander';

/**
 * Parsers for option values. They settle the form (is it a number at all?); whether a number makes
 * sense is for the library to say, so that a program and the command give the same message.
 */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('Expected a number, such as 0.001 or 1e-3.');
  }
  return value;
}

export function parseInteger(text: string): number {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text.trim()) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Expected a whole number.');
  }
  return value;
}

export function parseIntegers(text: string): number[] {
  return text.split(',').map(parseInteger);
}
