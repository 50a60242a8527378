import { type ErrorOptions, LatentkitError } from './latentkit-error.ts';
import { isMarked, mark } from './mark.ts';

/** A batch, latent or condition that does not fit: `expected` and `received` say how, in words. */
export class InputError extends LatentkitError {
  declare readonly code: 'invalid-input';
  readonly expected: string;
  readonly received: string;

  constructor(what: string, expected: string, received: string, options: ErrorOptions = {}) {
    super('invalid-input', `${what}: expected ${expected}, received ${received}.`, options);
    this.name = 'InputError';
    this.expected = expected;
    this.received = received;
    mark(this, 'InputError');
  }

  static override isInstance(value: unknown): value is InputError {
    return isMarked(value, 'InputError');
  }
}
