import { isAbsolute, relative } from 'node:path';
import { printableName } from '@latentkit/system';

/** 1234567 → '1.23 MB'. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}

/** Seconds as '8.4 s', '1 min 05 s' or '2 h 03 min'. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '…';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** 652824 → '652,824'. */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** A loss, in nats: two decimals, so that lines of them stand in columns. */
export function formatNats(value: number): string {
  return value.toFixed(2);
}

/** A number with so many decimals; of one that these leave little of, two digits: 0.0043 → '0.0043'. */
export function formatDecimals(value: number, decimals: number): string {
  const isSmall = value !== 0 && Math.abs(value) < 10 ** -decimals;
  return isSmall ? String(Number(value.toPrecision(2))) : value.toFixed(decimals);
}

/** Rows of cells as aligned columns, without trailing blanks. */
export function formatColumns(given: readonly (readonly string[])[], indent = ''): string {
  const rows = given.map((row) => row.map(printableName));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => cell.padEnd(widths[column] as number));
      return `${indent}${cells.join('  ')}`.trimEnd();
    })
    .join('\n');
}

/** A path as people would write it: relative to where they are, unless that leads upwards. */
export function displayPath(path: string, from = process.cwd()): string {
  const short = relative(from, path);
  return short === '' ? '.' : short.startsWith('..') || isAbsolute(short) ? path : short;
}
