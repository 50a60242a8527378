import { LatentkitError } from './latentkit-error.ts';
import { isMarked, mark } from './mark.ts';

/** A call on a model that was disposed before. */
export class DisposedError extends LatentkitError {
  declare readonly code: 'disposed';

  constructor(what: string) {
    super('disposed', `${what} was used after dispose(). Load the model again to go on.`);
    this.name = 'DisposedError';
    mark(this, 'DisposedError');
  }

  static override isInstance(value: unknown): value is DisposedError {
    return isMarked(value, 'DisposedError');
  }
}
