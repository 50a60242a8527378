import { LatentkitError } from './latentkit-error.ts';
import { isMarked, mark } from './mark.ts';

/** A model file whose bytes are not those that the card promises. */
export class IntegrityError extends LatentkitError {
  declare readonly code: 'integrity';
  readonly file: string;
  readonly expected: string;
  readonly received: string;

  constructor(file: string, expected: string, received: string) {
    super(
      'integrity',
      `${file} is not the file that the model card describes: expected ${expected}, received ${received}. ` +
        'The file was altered or only partly copied; fetch or export the model again.',
    );
    this.name = 'IntegrityError';
    this.file = file;
    this.expected = expected;
    this.received = received;
    mark(this, 'IntegrityError');
  }

  static override isInstance(value: unknown): value is IntegrityError {
    return isMarked(value, 'IntegrityError');
  }
}
