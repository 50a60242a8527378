import { Redis } from 'ioredis';
import { type CheckedAddress, isRefusal, PATIENCE } from '../queue-address.ts';

export interface LastingConnection {
  readonly client: Redis;
  /** Ends it and all that were made after it, whether Redis is there or not; what waits for an answer fails. */
  readonly end: () => void;
}

/** A connection that comes back however long Redis is away: a worker waits for it. */
export function connectForGood(
  { redis }: CheckedAddress,
  onError: (error: Error) => void,
): LastingConnection {
  const client = new Redis(redis, {
    connectTimeout: PATIENCE,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(1000, 50 * times),
  });
  const all = [client];
  // BullMQ waits for shards on a connection that it makes after this one, and gives to nobody.
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (options) => {
    const copy = duplicate(options);
    all.push(copy.on('error', endIfRefused));
    return copy;
  };
  const end = () => {
    for (const one of all) {
      // Between two tries, to disconnect only stops the tries: there is no 'end', and commands wait forever.
      if (one.status === 'reconnecting') one.connect().catch(() => {});
      one.disconnect();
    }
  };
  // Before it is ready: what is done with the queue would be done in another database.
  const endIfRefused = (error: Error) => {
    if (isRefusal(error)) end();
  };
  client.on('error', endIfRefused).on('error', onError);
  return { client, end };
}
