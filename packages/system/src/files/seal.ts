import { createHash } from 'node:crypto';

type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * A record as JSON that shows whether it is still what was written: its last field, `check`, is the start
 * of the SHA-256 of the rest.
 *
 * @param indent as of JSON.stringify
 */
export function seal(record: JsonRecord, indent?: number): string {
  return JSON.stringify({ ...record, check: checkOf(record) }, null, indent);
}

/** The record that was sealed; undefined where the text is not what was written, or no JSON. */
export function unseal(text: string): JsonRecord | undefined {
  try {
    const { check, ...record } = JSON.parse(text) as JsonRecord;
    return check === checkOf(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** 64 bits: against damage, not against forgery. */
function checkOf(record: JsonRecord): string {
  return createHash('sha256').update(JSON.stringify(record)).digest('hex').slice(0, 16);
}
