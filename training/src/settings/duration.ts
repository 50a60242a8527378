import { ArgumentError } from '@latentkit/core';

const SECONDS = { h: 3600, m: 60, s: 1 } as const;

/**
 * Reads a time such as `90s`, `30m`, `1.5h` or `1h30m`: numbers with their units, the larger first.
 *
 * @returns seconds, above 0
 * @throws ArgumentError
 */
export function parseDuration(text: string): number {
  const parts = /^(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?$/.exec(text.trim())?.slice(1) ?? [];
  const seconds = Object.values(SECONDS).reduce<number>(
    (sum, unit, i) => sum + unit * Number(parts[i] ?? 0),
    0,
  );
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new ArgumentError('time', 'a time above 0 with its unit, such as 90s, 30m or 1h30m', text);
}

/** Seconds as {@link parseDuration} reads them, rounded up: `1h30m`, `4m5s`, `1s`. */
export function durationInWords(seconds: number): string {
  let left = Math.max(1, Math.ceil(seconds));
  return Object.entries(SECONDS)
    .map(([unit, size]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return count > 0 ? `${count}${unit}` : '';
    })
    .join('');
}
