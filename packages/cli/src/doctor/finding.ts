import { formatColumns } from '../format.ts';

/** `warning`: something is slower or missing; `fault`: something that the command needs does not work. */
export type Health = 'ok' | 'warning' | 'fault';

/** What a check found. */
export interface Finding {
  readonly health: Health;
  /** What is so, in one line. */
  readonly says: string;
  /** What to do about it; lines. */
  readonly remedy?: string | undefined;
}

/** A finding with the name of its check. */
export interface NamedFinding extends Finding {
  readonly check: string;
}

/** One thing to look at. It runs in a process of its own, which may die or be ended. */
export interface Check {
  readonly name: string;
  /** Milliseconds after which the process is ended; {@link STANDARD_LIMIT} by default. */
  readonly limit?: number;
  /** Whether it is a fault, or only a warning, when the process dies or does not answer. */
  readonly vital: boolean;
  run(): Promise<Finding>;
}

/** Loading a native library from a cold disk takes seconds; a busy machine many times that. */
export const STANDARD_LIMIT = 30_000;

/** The error of a package as a finding: its first line, and the steps that it lists. */
export function findingOf(health: Health, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  const [said = '', remedy] = message.split(/\n?What to do:\n/);
  return { health, says: said.trim().replaceAll(/\s*\n\s*/g, ' '), remedy: remedy?.trimEnd() };
}

/** A finding as lines: health, name, what is so; below it, what to do. */
export function describeFinding({ check, health, says, remedy }: NamedFinding, width: number) {
  const line = formatColumns([[health.padEnd(7), check.padEnd(width), says]]);
  if (remedy === undefined) return line;
  const indent = ' '.repeat(7 + 2 + width + 2);
  const steps = remedy.split('\n').map((step) => `${indent}${step.trim()}`);
  return [line, ...steps].join('\n');
}
