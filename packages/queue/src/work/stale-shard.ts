import { LatentkitError } from '@latentkit/core';

/** A shard that no further try helps, since model or source are not what it was cut from. */
export class StaleShard extends LatentkitError {
  constructor(message: string) {
    super('invalid-data', message);
    this.name = 'StaleShard';
  }
}
