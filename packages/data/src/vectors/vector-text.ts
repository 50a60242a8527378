import type { VectorRow } from './vector-rows.ts';

/** A float32 in nine digits, which name it exactly. */
export function float32Text(value: number): string {
  return Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(9)));
}

/** A row as a line of JSON, its vector last where it is given. */
export function jsonRow(
  { id, sha256, bytes, stamp, score }: VectorRow,
  vector?: Float32Array,
): string {
  const head = JSON.stringify({ id, sha256, bytes, stamp, score });
  if (!vector) return head;
  return `${head.slice(0, -1)},"vector":[${Array.from(vector, float32Text).join()}]}`;
}

/** The names of the columns of a CSV file. */
export function csvHead(size: number, scored: boolean): string[] {
  const numbers = Array.from({ length: size }, (_, i) => `v${i}`);
  return ['id', 'sha256', 'bytes', 'stamp', ...(scored ? ['score'] : []), ...numbers];
}

/** A row as a line of CSV (RFC 4180). */
export function csvRow(
  { id, sha256, bytes, stamp, score }: VectorRow,
  vector: Float32Array,
  scored: boolean,
): string {
  const head = [csvField(id), sha256, bytes, stamp, ...(scored ? [score ?? ''] : [])];
  return `${head.join()},${Array.from(vector, float32Text).join()}`;
}

export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
