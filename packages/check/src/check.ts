import type { ModelUnderCheck } from './model/model-under-check.ts';
import type { Outcome } from './report.ts';

/**
 * One thing that is wrong, or looks it. An error fails the check; a warning is told, and fails it only
 * where warnings do.
 */
export type Finding = Outcome['findings'][number];

/** What a check comes to on one model. */
export interface CheckResult {
  readonly findings?: readonly Finding[] | undefined;
  /** What was measured, by name: for reports, and to see how far from a limit a model is. */
  readonly measured?: Readonly<Record<string, number>> | undefined;
  /** What to do about these findings, where it is something other than the check's remedy. */
  readonly remedy?: string | undefined;
  /** Why there was nothing to check; findings are then empty. */
  readonly skipped?: string | undefined;
}

/** A rule that exported models keep. Each is one file, and has at least one fault in the tests that it must find. */
export interface Check {
  /** Stable: reports, configurations and badges refer to it. */
  readonly id: CheckId;
  /** What holds of a model that passes, in a few words. */
  readonly summary: string;
  /** What to do where it does not hold. */
  readonly remedy: string;
  /** Checks without which this one says nothing: it is skipped where one of them failed. */
  readonly needs?: readonly CheckId[];
  run(model: ModelUnderCheck): Promise<CheckResult>;
}

/** `family/name`. */
export type CheckId = `${string}/${string}`;

export function error(message: string, file?: string): Finding {
  return { level: 'error', message, ...(file === undefined ? {} : { file }) };
}

export function warning(message: string, file?: string): Finding {
  return { level: 'warning', message, ...(file === undefined ? {} : { file }) };
}
