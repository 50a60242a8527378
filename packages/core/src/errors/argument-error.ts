import { describeValue } from './describe-value.ts';
import { type ErrorOptions, LatentkitError } from './latentkit-error.ts';
import { isMarked, mark } from './mark.ts';

/** An argument or option that is missing, of another kind, or outside its domain. */
export class ArgumentError extends LatentkitError {
  declare readonly code: 'invalid-argument';
  readonly argument: string;

  constructor(argument: string, expected: string, received: unknown, options: ErrorOptions = {}) {
    super(
      'invalid-argument',
      `${argument}: expected ${expected}, received ${describeValue(received)}.`,
      options,
    );
    this.name = 'ArgumentError';
    this.argument = argument;
    mark(this, 'ArgumentError');
  }

  static override isInstance(value: unknown): value is ArgumentError {
    return isMarked(value, 'ArgumentError');
  }
}
