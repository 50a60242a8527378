import { statSync } from 'node:fs';
import { extname } from 'node:path';
import type { Shard } from '@latentkit/data';
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

/** `1/4`, the first of four parts. The library counts from 0: what is wrong is said here, in the numbers that were typed. */
export function parseShard(text: string): Shard {
  const [part = 0, of = 0] = /^\d+\/\d+$/.test(text.trim()) ? text.split('/').map(Number) : [];
  if (part < 1 || part > of || !Number.isSafeInteger(of)) {
    throw new InvalidArgumentError(
      'Expected a part and the number of parts, such as 1/4; parts count from 1, the last is 4/4.',
    );
  }
  return { index: part - 1, of };
}

/**
 * The ending of a path that says which file is meant, in lower case; none for a folder, which is whatever ends in a
 * slash or is one already. Numbers are no ending (`mnist-0.2`).
 */
export function endingOf(path: string): string {
  if (/[/\\]$/.test(path)) return '';
  const ending = extname(path).toLowerCase();
  if (!/^\.[a-z][a-z0-9]*$/.test(ending)) return '';
  return isFolder(path) ? '' : ending;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Not there, or nothing can be there: writing says what is wrong.
    return false;
  }
}

/** Parses the path of a folder that is written into: one that ends like a file is hardly what was meant. */
export function parseFolder(path: string): string {
  if (path === '-') {
    throw new InvalidArgumentError(
      "Expected a folder, since standard output holds none; './-' is a folder of that name.",
    );
  }
  if (endingOf(path) === '') return path;
  throw new InvalidArgumentError(
    `Expected a folder, which is what is written; '${path}/' is a folder of that name.`,
  );
}
