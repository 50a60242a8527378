import { throwIfAborted } from '@latentkit/core/runtime';
import { askChild } from './ask-child.ts';
import { CHECKS } from './checks/index.ts';
import { type Check, type Finding, type NamedFinding, STANDARD_LIMIT } from './finding.ts';

export interface ExamineOptions {
  /** What runs a check by its name: the built `doctor-child.mjs`. */
  readonly program: string;
  readonly checks?: readonly Check[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the checks one after the other, each in a process of its own, and gives their findings as they come.
 *
 * @throws LatentkitError `aborted`
 */
export async function* examine({
  program,
  checks = CHECKS,
  signal,
}: ExamineOptions): AsyncGenerator<NamedFinding> {
  for (const { name, limit = STANDARD_LIMIT, vital } of checks) {
    const reply = await askChild<Finding>(program, name, { limit, signal });
    throwIfAborted(signal, 'The examination');
    if ('answer' in reply) {
      yield { check: name, ...reply.answer };
    } else {
      const { ended, lastWords } = reply;
      yield {
        check: name,
        health: vital ? 'fault' : 'warning',
        says: `the process that looked at it ${ended}${lastWords && ` (${lastWords})`}`,
        remedy: 'Delete node_modules and install again; if it stays so, please report it.',
      };
    }
  }
}
