import { createHash } from 'node:crypto';

/** Not in the stamps of contents, which are numbers and hexadecimal digits. */
const MARK = '+';

/** What the stamps of rows end with that were embedded under a condition: no vector of another is taken for theirs. */
export function suffixUnder(condition: string | number | undefined): string {
  if (condition === undefined) return '';
  const digest = createHash('sha256').update(JSON.stringify(condition)).digest('hex');
  return `${MARK}${digest.slice(0, 16)}`;
}

/** The {@link suffixUnder} that a stamp has. */
export function suffixOf(stamp: string): string {
  return stamp.slice(contentStamp(stamp).length);
}

/** A stamp without it. */
export function contentStamp(stamp: string): string {
  return stamp.split(MARK, 1)[0] as string;
}
