import { type ErrorOptions, LatentkitError } from './latentkit-error.ts';
import { isMarked, mark } from './mark.ts';

/** A model card that cannot be used; `issues` lists its faults, each with its path in the card. */
export class CardError extends LatentkitError {
  declare readonly code: 'invalid-card' | 'unsupported-format';
  readonly issues: readonly string[];

  constructor(
    code: 'invalid-card' | 'unsupported-format',
    message: string,
    issues: readonly string[] = [],
    options: ErrorOptions = {},
  ) {
    super(code, message, options);
    this.name = 'CardError';
    this.issues = issues;
    mark(this, 'CardError');
  }

  static override isInstance(value: unknown): value is CardError {
    return isMarked(value, 'CardError');
  }
}
