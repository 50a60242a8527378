import { ArgumentError, LatentkitError } from '@latentkit/core';
import { checkOptions } from '@latentkit/core/runtime';
import { checkFilled, withoutSecrets } from '@latentkit/system';
import { Redis } from 'ioredis';

/** Where a queue is. */
export interface QueueAddress {
  /**
   * The Redis that holds it: `redis://…`, or `rediss://…` over TLS; `redis://localhost:6379` by default. What may follow is
   * the number of a database: `redis://localhost:6379/1`.
   */
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
  checkRedis(redis);
  checkFilled('queue', queue, 'the name of a queue');
  if (queue.includes(':')) throw new ArgumentError('queue', 'a name without a colon', queue);
  return { redis, queue };
}

function checkRedis(redis: string): void {
  const wanted = "the address of a Redis, such as 'redis://localhost:6379'";
  checkFilled('redis', redis, wanted);
  // What is no address may be a password.
  if (!/^rediss?:\/\//i.test(redis)) {
    throw new ArgumentError('redis', wanted, 'a text without redis:// or rediss:// in front');
  }
  if (!URL.canParse(redis)) {
    throw new ArgumentError('redis', wanted, 'a text that is no URL (host, port or password)');
  }
  const { pathname, searchParams } = new URL(redis);
  const database = pathname.slice(1) || (searchParams.get('db') ?? '0');
  if (!/^\d{1,9}$/.test(database)) {
    const number = "the number of a database at its end, such as 'redis://localhost:6379/1'";
    throw new ArgumentError('redis', number, database);
  }
}

/** How long an answer is waited for, in milliseconds, by what cannot go on without one. */
export const PATIENCE = 5000;

/**
 * A connection for what ends when there is no Redis, or one that says nothing for a while.
 *
 * @throws LatentkitError `network`; `not-found` for a database that it does not have
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
    // Where it cannot take the database it goes on with another, and says so by the way.
    if (why) throw why;
    return client;
  } catch (cause) {
    client.disconnect();
    throw unreachable(redis, why ?? (cause as Error));
  }
}

/** What a Redis says of a password that it needs, or that is another. */
const REFUSED = /^(NOAUTH|WRONGPASS|ERR invalid password)\b/;

/** Whether a Redis refuses the password or the database; waiting does not heal it. */
export function isRefusal(error: Error): boolean {
  return REFUSED.test(error.message) || isOfDatabase(error);
}

function isOfDatabase(error: Error): boolean {
  return (error as { command?: { name?: string } }).command?.name === 'select';
}

/** Why a Redis cannot be used, and what to do. */
export function unreachable(redis: string, cause: Error): LatentkitError {
  const { code } = cause as NodeJS.ErrnoException;
  const where = withoutSecrets(new URL(redis));
  if (isOfDatabase(cause) && !REFUSED.test(cause.message)) {
    const says = `The database of ${where} cannot be had (${cause.message}). Give another number at the end of 'redis', from 0 to 15 where the setting 'databases' of this Redis says nothing else.`;
    return new LatentkitError('not-found', says, { cause });
  }
  const [refused] = REFUSED.exec(cause.message) ?? [];
  const says = refused
    ? `The Redis at ${where} ${refused === 'NOAUTH' ? 'needs a password' : 'refuses the password'} (${refused}). Give its password in 'redis', as 'redis://:PASSWORD@host:6379', or 'redis://USER:PASSWORD@host:6379'.`
    : `There is no Redis that answers at ${where} (${code ?? cause.message}). Start one, such as 'redis-server --appendonly yes', or name another by 'redis'.`;
  return new LatentkitError('network', says, { cause });
}

/** What is told of a Redis that has come back without what was in it, and what to do. */
export function queueLost(redis: string, cause?: Error): LatentkitError {
  const where = withoutSecrets(new URL(redis));
  return new LatentkitError(
    'not-found',
    `The Redis at ${where} lost the queue while a shard was at work: it was emptied, or started without what it held. The parts that are written stay. Add the same source again ('latentkit queue add'), and start Redis by 'redis-server --appendonly yes', which keeps it.`,
    { cause },
  );
}
