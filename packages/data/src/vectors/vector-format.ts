import { extname } from 'node:path';
import { ArgumentError } from '@latentkit/core';

export const VECTOR_FORMATS = ['parquet', 'npy', 'jsonl', 'csv'] as const;
/** How vectors lie in a file. */
export type VectorFormat = (typeof VECTOR_FORMATS)[number];

/**
 * The format of a file, by how its name ends.
 *
 * @throws ArgumentError for any other ending
 */
export function vectorFormatOf(path: string): VectorFormat {
  const ending = typeof path === 'string' ? extname(path).slice(1).toLowerCase() : '';
  const format = VECTOR_FORMATS.find((known) => known === ending);
  if (!format) {
    throw new ArgumentError(
      'file of vectors',
      `a path that ends in ${VECTOR_FORMATS.map((known) => `.${known}`).join(', ')}`,
      path,
    );
  }
  return format;
}
