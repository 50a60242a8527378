import { expect, test } from '@jest/globals';
import { checkAddress } from './queue-address.ts';

test.each([
  'redis://localhost',
  'redis://localhost:6379/',
  'redis://:secret@localhost:6379/15',
  'rediss://me:secret@example.org/0',
  'REDIS://localhost?db=3',
])('%s is the address of a Redis', (redis) => {
  expect(checkAddress({ redis })).toEqual({ redis, queue: 'latentkit' });
});

const ADDRESS = "the address of a Redis, such as 'redis://localhost:6379'";
const DATABASE = "the number of a database at its end, such as 'redis://localhost:6379/1'";

test.each<[unknown, string, string]>([
  ['', ADDRESS, "''"],
  [6379, ADDRESS, '6379'],
  ['localhost:6379', ADDRESS, "'a text without redis:// or rediss:// in front'"],
  ['redis:6379', ADDRESS, "'a text without redis:// or rediss:// in front'"],
  ['http://localhost:6379', ADDRESS, "'a text without redis:// or rediss:// in front'"],
  ['secret', ADDRESS, "'a text without redis:// or rediss:// in front'"],
  ['redis://:secret@localhost:x', ADDRESS, "'a text that is no URL (host, port or password)'"],
  ['redis://localhost:6379/abc', DATABASE, "'abc'"],
  ['redis://localhost:6379/-1', DATABASE, "'-1'"],
  ['redis://localhost:6379/1.5', DATABASE, "'1.5'"],
  ['redis://localhost:6379/1/2', DATABASE, "'1/2'"],
  ['redis://localhost?db=last', DATABASE, "'last'"],
  ['redis://localhost/9007199254740993', DATABASE, "'9007199254740993'"],
])('%p is refused', (redis, wanted, received) => {
  expect(() => checkAddress({ redis: redis as string })).toThrow(
    expect.objectContaining({
      code: 'invalid-argument',
      message: `redis: expected ${wanted}, received ${received}.`,
    }),
  );
});

test.each(['', 'a:b', 7])('the queue %p is refused', (queue) => {
  expect(() => checkAddress({ queue: queue as string })).toThrow(
    expect.objectContaining({ code: 'invalid-argument', argument: 'queue' }),
  );
});
