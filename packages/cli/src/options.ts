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

/** A list such as `400` or `512,256`. */
export function parseIntegers(text: string): number[] {
  return text.split(',').map((part) => {
    try {
      return parseInteger(part);
    } catch {
      throw new InvalidArgumentError(
        'Expected whole numbers with commas between, such as 512,256.',
      );
    }
  });
}

/** A number, or the word for a σ that is trained with the weights. */
export function parseSigma(text: string): number | 'learned' {
  if (text === 'learned') return text;
  try {
    return parseNumber(text);
  } catch {
    throw new InvalidArgumentError("Expected a number, or 'learned'.");
  }
}
