import { ArgumentError, LatentkitError } from '@latentkit/core';
import { checkOptions, checkText } from '@latentkit/core/runtime';
import { withoutSecrets } from '@latentkit/system';
import { Redis } from 'ioredis';

/** Where a queue is. */
export interface QueueAddress {
  /** The Redis that holds it: `redis://…`, or `rediss://…` over TLS; `redis://localhost:6379` by default. */
  readonly redis?: string | undefined;
  /** Its name, without a colon; `latentkit` by default. Queues of other names do not meet. */
  readonly queue?: string | undefined;
}

export interface CheckedAddress {
  readonly redis: string;
  readonly queue: string;
}

/** @throws ArgumentError */
export function checkAddress(options: QueueAddress): CheckedAddress {
  checkOptions(options);
  const { redis = 'redis://localhost:6379', queue = 'latentkit' } = options;
  checkText('redis', redis, "the address of a Redis, such as 'redis://localhost:6379'");
  const { protocol } = URL.canParse(redis) ? new URL(redis) : { protocol: '' };
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    // What is no address may be a password.
    throw new ArgumentError(
      'redis',
      "an address, such as 'redis://localhost:6379'",
      'another text',
    );
  }
  checkText('queue', queue, 'the name of a queue');
  if (queue.includes(':')) throw new ArgumentError('queue', 'a name without a colon', queue);
  return { redis, queue };
}

/** How long an answer is waited for, in milliseconds, by what cannot go on without one. */
export const PATIENCE = 5000;

/**
 * A connection for what ends when there is no Redis, or one that says nothing for a while.
 *
 * @throws LatentkitError `network`
 */
export async function connect({ redis }: CheckedAddress): Promise<Redis> {
  const client = new Redis(redis, {
    lazyConnect: true,
    connectTimeout: PATIENCE,
    socketTimeout: PATIENCE,
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
  });
  let why: Error | undefined;
  client.on('error', (error) => {
    why ??= error;
  });
  try {
    await client.connect();
    return client;
  } catch (cause) {
    client.disconnect();
    throw unreachable(redis, why ?? (cause as Error));
  }
}

/** What a Redis says of a password that it needs, or that is another; waiting does not heal it. */
const REFUSED = /^(NOAUTH|WRONGPASS|ERR invalid password)\b/;

export function isRefusal({ message }: Error): boolean {
  return REFUSED.test(message);
}

/** Why a Redis cannot be used, and what to do. */
export function unreachable(redis: string, cause: Error): LatentkitError {
  const { code } = cause as NodeJS.ErrnoException;
  const where = withoutSecrets(new URL(redis));
  const [refused] = REFUSED.exec(cause.message) ?? [];
  const says = refused
    ? `The Redis at ${where} ${refused === 'NOAUTH' ? 'needs a password' : 'refuses the password'} (${refused}). Give its password in 'redis', as 'redis://:PASSWORD@host:6379', or 'redis://USER:PASSWORD@host:6379'.`
    : `There is no Redis that answers at ${where} (${code ?? cause.message}). Start one, such as 'redis-server --appendonly yes', or name another by 'redis'.`;
  return new LatentkitError('network', says, { cause });
}
