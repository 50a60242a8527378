import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { LatentkitError } from '@latentkit/core';
import { embedFiles, loadVectors, mergeVectors } from '@latentkit/data';
import { loadEncoder } from '@latentkit/node';
import {
  type AddOptions,
  addShards,
  queueStatus,
  type WorkOptions,
  workShards,
} from '@latentkit/queue';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { killTrial } from '../../scripts/queue/kill-trial.ts';
import { freePort, RedisServer, redisMissing } from '../../scripts/queue/redis-server.ts';
import { callCommand } from '../cli/call-command.ts';
import { MODEL, writeDigits } from '../cli/digits.ts';
import { COMMAND, ROOT, runCommand, scratchFolder, startCommand } from '../cli/run-command.ts';
import { skipSuite } from '../outside/skip-suite.ts';

const COUNT = 30;
const missing = redisMissing();

if (missing !== undefined) skipSuite('The queue in Redis', missing);
else {
  describe('the queue in Redis', () => {
    let redis: RedisServer;
    let folder: string;
    let number = 0;
    /** What is different in each test: the queue, and the folder of the parts. */
    let own: { readonly redis: string; readonly queue: string; readonly out: string };

    beforeAll(async () => {
      folder = await scratchFolder();
      await writeDigits(join(folder, 'digits'), COUNT);
      redis = await RedisServer.start(await scratchFolder());
    });
    afterAll(() => redis.kill());
    beforeEach(() => {
      number += 1;
      own = { redis: redis.url, queue: `test-${number}`, out: join(folder, `parts-${number}`) };
    });

    const add = (more: Partial<AddOptions> = {}) =>
      addShards({ ...own, model: MODEL, sources: join(folder, 'digits'), shardItems: 8, ...more });
    const work = (more: WorkOptions = {}) =>
      workShards({ ...own, drain: true, lockMs: 2000, ...more });
    const errorOf = async (call: Promise<unknown>) => {
      const error = await call.then(
        () => undefined,
        (cause: unknown) => cause,
      );
      if (!LatentkitError.isInstance(error)) throw new Error('No error of ours.', { cause: error });
      return error;
    };

    test('gives in parts what one process gives, to the byte', async () => {
      expect(await add()).toMatchObject({ shards: 4, added: 4, again: 0, items: COUNT });
      expect(await queueStatus(own)).toMatchObject({ waiting: 4, done: 0, workers: 0 });
      const done: string[] = [];
      const report = await work({ onShard: ({ shard }) => void done.push(shard) });
      expect(report).toMatchObject({ shards: 4, rows: COUNT, embedded: COUNT, failed: 0 });
      expect(done.sort()).toEqual(['1/4', '2/4', '3/4', '4/4']);
      const status = await queueStatus(own);
      expect(status).toMatchObject({ waiting: 0, done: 4, setAside: 0 });
      expect(status.imagesPerSecond).toBeGreaterThan(0);

      const merged = join(folder, 'merged.parquet');
      expect(await mergeVectors(own.out, { out: merged })).toMatchObject({ rows: COUNT });
      const encoder = await loadEncoder(MODEL);
      const alone = join(folder, 'alone.parquet');
      await embedFiles(encoder, join(folder, 'digits'), { out: alone, modelPath: MODEL });
      await encoder.dispose();
      expect((await readFile(merged)).equals(await readFile(alone))).toBe(true);
    });

    test('adds nothing twice, and puts back a shard whose part is gone or damaged', async () => {
      await add();
      expect(await add()).toMatchObject({ shards: 4, added: 0 });
      await work();
      expect(await add()).toMatchObject({ shards: 4, added: 0 });
      const [first = ''] = (await readdir(own.out)).sort();
      expect(first).toMatch(/^1-of-4-[0-9a-f]{16}\.parquet$/);
      await rm(join(own.out, first));
      expect(await add()).toMatchObject({ added: 1, again: 1 });
      expect(await work()).toMatchObject({ shards: 1, embedded: 8 });
      expect(existsSync(join(own.out, first))).toBe(true);
      const whole = await readFile(join(own.out, first));
      const damage = [whole.subarray(0, 0), whole.subarray(0, 900), Buffer.alloc(whole.length)];
      for (const damaged of damage) {
        await writeFile(join(own.out, first), damaged);
        expect(await add()).toMatchObject({ added: 1, again: 1 });
        expect(await work()).toMatchObject({ shards: 1, embedded: 8 });
        expect((await readFile(join(own.out, first))).equals(whole)).toBe(true);
      }
      const other = await errorOf(add({ shardItems: 9 }));
      expect([other.code, other.message]).toEqual(['invalid-data', expect.stringContaining(first)]);
    });

    test('tries a poisoned shard again, then sets it aside with its reason, and does the others', async () => {
      await add();
      const queue = new Queue(own.queue, { connection: { url: redis.url } });
      const how = { attempts: 2, backoff: { type: 'fixed', delay: 10 } };
      await queue.add('odd', { format: 2 }, how);
      await queue.close();
      const errors: string[] = [];
      const report = await work({
        onError: (error, shard) => void errors.push(`${shard}: ${error}`),
      });
      expect(report).toMatchObject({ shards: 4, rows: COUNT, failed: 2, setAside: 1 });
      expect(errors.filter((error) => error.startsWith('odd: '))).toHaveLength(2);
      const { setAside, setAsideShards } = await queueStatus(own);
      expect(setAside).toBe(1);
      expect(setAsideShards).toMatchObject([
        { shard: 'odd', attempts: 2, reason: expect.stringContaining('no shard of this version') },
      ]);
    });

    test('does a shard of which no picture can be read, whose part says what was left out', async () => {
      const sources = join(folder, 'poisoned');
      await cp(join(folder, 'digits/odd'), join(sources, 'odd'), { recursive: true });
      await mkdir(join(sources, 'zz'));
      for (const name of ['a', 'b']) await writeFile(join(sources, `zz/${name}.png`), 'no picture');
      await add({ sources, shardItems: 5 });
      expect(await work()).toMatchObject({ shards: 4, rows: 15, failed: 0, setAside: 0 });
      const { rows, leftOut } = await mergeVectors(own.out, { out: join(folder, 'x.parquet') });
      expect([rows, leftOut.map(({ id }) => id)]).toEqual([15, ['zz/a.png', 'zz/b.png']]);
    });

    test('to add again clears what was set aside of the same work, and nothing else', async () => {
      const sources = join(folder, `source-${number}`);
      await cp(join(folder, 'digits/even'), sources, { recursive: true });
      const queue = new Queue(own.queue, { connection: { url: redis.url } });
      await queue.add('odd', { format: 2 }, { attempts: 1 });
      await queue.close();
      await add({ sources, attempts: 1 });
      await add({ sources, attempts: 1, out: join(folder, `scored-${number}`), score: true });
      await rm(join(sources, '0.png'));
      expect(await work()).toMatchObject({ shards: 0, setAside: 5, failed: 5 });
      const out = join(folder, `anew-${number}`);
      expect(await add({ sources, out })).toMatchObject({ added: 2, again: 0, cleared: 2 });
      expect(await work()).toMatchObject({ shards: 2, setAside: 0 });
      const { done, setAside, setAsideShards } = await queueStatus(own);
      expect([done, setAside]).toEqual([2, 3]);
      expect(setAsideShards.map(({ shard }) => shard).sort()).toEqual(['1/2', '2/2', 'odd']);
      expect(await add({ sources, out })).toMatchObject({ added: 0, cleared: 0 });
    });

    test('a worker that drains ends with 1 where shards were set aside, and with 0 otherwise', async () => {
      const drain = ['queue', 'work', '--drain', '--redis', redis.url, '--queue', own.queue];
      await add();
      expect(await callCommand(drain, { cwd: folder })).toMatchObject({ code: 0 });
      const queue = new Queue(own.queue, { connection: { url: redis.url } });
      await queue.add('odd', { format: 2 }, { attempts: 1 });
      const bad = await callCommand(drain, { cwd: folder });
      expect([bad.code, bad.stdout]).toEqual([1, expect.stringContaining(', 1 set aside')]);
      await queue.add('odd', { format: 2 }, { attempts: 1 });
      const json = await callCommand([...drain, '--json'], { cwd: folder });
      expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { setAside: 1 }]);
      await queue.close();
    });

    test('a worker that was told of no device ends, and leaves the shards to others', async () => {
      await add();
      const { code, message } = await errorOf(work({ device: 'abacus' as 'cpu' }));
      expect([code, message]).toEqual(['invalid-argument', expect.stringMatching(/^device: /)]);
      expect(await queueStatus(own)).toMatchObject({ waiting: 4, active: 0, setAside: 0 });
      expect(await work()).toMatchObject({ shards: 4 });
    });

    test('names a shard that a worker lost as everywhere else', async () => {
      await add();
      const queue = new Queue(own.queue, { connection: { url: redis.url } });
      const gone = new Worker(own.queue, null, {
        connection: { url: redis.url },
        lockDuration: 100,
      });
      const taken = await gone.getNextJob('gone');
      await gone.close(true);
      const lost: string[] = [];
      const onError = ({ message }: Error, shard?: string) =>
        void lost.push(`${shard}: ${message}`);
      expect(await work({ lockMs: 200, onError })).toMatchObject({ shards: 4 });
      await queue.close();
      expect(lost).toEqual([`${taken?.name}: A worker that was not heard of lost this shard.`]);
    });

    test('a worker that is told to end gives back what it cannot finish', async () => {
      await add();
      const stop = new AbortController();
      const ended = work({ drain: false, graceMs: 0, signal: stop.signal });
      const queue = new Queue(own.queue, { connection: { url: redis.url } });
      // At a shard, of which nothing is done.
      while ((await queue.getActiveCount()) === 0) await new Promise((go) => setTimeout(go, 1));
      stop.abort();
      const { shards, givenBack, failed } = await ended;
      expect([shards + givenBack, failed]).toEqual([expect.any(Number), 0]);
      const { waiting, active, done } = await queueStatus(own);
      await queue.close();
      expect([waiting + done, active, done]).toEqual([4, 0, shards]);
      expect(await work()).toMatchObject({ shards: 4 - shards });
    });

    test.each<[string, (sources: string) => Promise<unknown>, RegExp]>([
      [
        'a source that changed',
        (sources) => writeFile(join(sources, '0.png'), 'other'),
        /has changed since/,
      ],
      ['a source that is gone', (sources) => rm(sources, { recursive: true }), /There is no/],
    ])('tells of %s', async (_, change, message) => {
      const sources = join(folder, `source-${number}`);
      await cp(join(folder, 'digits/even'), sources, { recursive: true });
      await add({ sources, attempts: 2, backoffMs: 1 });
      await change(sources);
      expect((await work()).shards).toBeLessThan(2);
      const { setAsideShards } = await queueStatus(own);
      expect(setAsideShards[0]?.reason).toMatch(message);
    });

    test('takes no more than the rate allows, of all workers', async () => {
      await add();
      const rate = { shards: 1, perMs: 400 };
      const began = Date.now();
      const reports = await Promise.all([work({ rate }), work({ rate })]);
      expect(reports.reduce((sum, { shards }) => sum + shards, 0)).toBe(4);
      expect(Date.now() - began).toBeGreaterThan(1100);
    });

    test('refuses a job that another program put there', async () => {
      const queue = new Queue(own.queue, { connection: { url: redis.url } });
      await queue.add('odd', { format: 2 }, { attempts: 1 });
      await queue.close();
      await work();
      const { setAsideShards } = await queueStatus(own);
      expect(setAsideShards).toMatchObject([
        { shard: 'odd', reason: expect.stringContaining('no shard of this version') },
      ]);
    });

    test('counts jobs that another program did, and says nothing of their speed', async () => {
      const connection = { url: redis.url };
      const queue = new Queue(own.queue, { connection });
      await queue.add('odd', null);
      let finish = () => {};
      const held = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const other = new Worker(own.queue, () => held, { connection });
      await new Promise((begun) => other.once('active', begun));
      expect(await queueStatus(own)).toMatchObject({ active: 1, activeShards: [{ shard: 'odd' }] });
      const done = new Promise((ended) => other.once('completed', ended));
      finish();
      await done;
      expect(await queueStatus(own)).toMatchObject({ active: 0, done: 1, imagesPerSecond: 0 });
      await Promise.all([other.close(), queue.close()]);
    });

    test('says so where no Redis answers', async () => {
      const nowhere = { redis: `redis://:secret@127.0.0.1:${await freePort()}` };
      for (const call of [queueStatus, add]) {
        const { code, message } = await errorOf(call(nowhere));
        expect([code, message]).toEqual(['network', expect.stringContaining('127.0.0.1')]);
        expect(message).not.toContain('secret');
      }
    });

    test('says so where something answers nothing', async () => {
      const sockets = new Set<Socket>();
      const silent = createServer((socket) => void sockets.add(socket.resume()));
      await once(silent.listen(0, '127.0.0.1'), 'listening');
      const nothing = { redis: `redis://127.0.0.1:${(silent.address() as { port: number }).port}` };
      const errors = await Promise.all([queueStatus, add].map((call) => errorOf(call(nothing))));
      for (const { code, message } of errors) {
        expect([code, message]).toEqual(['network', expect.stringMatching(/^There is no Redis/)]);
      }
      for (const socket of sockets) socket.destroy();
      silent.close();
    });

    test('says so where Redis needs a password, or has another, and waits for nothing', async () => {
      const locked = await RedisServer.start(await scratchFolder());
      const admin = new Redis(locked.url);
      await admin.config('SET', 'requirepass', 'opensesame');
      admin.disconnect();
      const at = locked.url.replace('redis://', '');
      for (const [redis, says] of [
        [`redis://${at}`, 'needs a password (NOAUTH'],
        [`redis://:sesame@${at}`, 'refuses the password (WRONGPASS'],
        [`redis://me:sesame@${at}`, 'refuses the password (WRONGPASS'],
      ] as const) {
        for (const call of [queueStatus, add, work]) {
          const { code, message } = await errorOf(call({ redis }));
          expect([code, message]).toEqual(['network', expect.stringContaining(says)]);
          expect(message).not.toMatch(/:sesame|me@/);
        }
      }
      expect(await queueStatus({ redis: `redis://:opensesame@${at}` })).toMatchObject({ done: 0 });
      await locked.kill();
    });

    test.each([99, 16])(
      'says so where Redis has no database %d, and touches no other',
      async (number) => {
        await add({ redis: `${redis.url}/0` });
        const other = { redis: `${redis.url}/${number}` };
        const drained = () => work({ ...other, drain: true });
        for (const call of [() => queueStatus({ ...own, ...other }), () => add(other), drained]) {
          const { code, message } = await errorOf(call());
          expect([code, message]).toEqual([
            'not-found',
            expect.stringMatching(
              `^The database of redis://127\\.0\\.0\\.1:\\d+/${number} cannot be had \\(ERR .*out of range.*\\)\\. Give another number`,
            ),
          ]);
        }
        expect(await queueStatus(own)).toMatchObject({ waiting: 4, active: 0, done: 0 });
        const there = { redis: `${redis.url}/15` };
        expect(await add(there)).toMatchObject({ added: 4 });
        expect(await work(there)).toMatchObject({ shards: 4 });
      },
    );

    test('says so where Redis lost the queue while a shard was at work, and ends with 1', async () => {
      await add({ shardItems: COUNT });
      const admin = new Redis(redis.url);
      const where = ['--redis', redis.url, '--queue', own.queue];
      const worker = startCommand(['queue', 'work', '--drain', ...where], { cwd: folder });
      while ((await queueStatus(own)).active === 0);
      await admin.flushall();
      admin.disconnect();
      const { code, stdout, stderr } = await worker.result;
      expect(stdout).toMatch(/^1 shard done, 30 pictures embedded in [^,]+, 1 lost by Redis\n$/);
      expect(stderr.split('\n').filter((line) => line.startsWith('error: '))).toEqual([
        expect.stringMatching(
          /lost the queue .* Add the same source again \('latentkit queue add'\)/,
        ),
      ]);
      expect(code).toBe(1);
      expect(await add({ shardItems: COUNT })).toMatchObject({ added: 1 });
      expect(await work()).toMatchObject({ shards: 1, embedded: 0, lost: 0 });
    });

    test.each<[string, (fault: Error) => WorkOptions]>([
      [
        'onShard',
        (fault) => ({
          onShard: () => {
            throw fault;
          },
        }),
      ],
      [
        'onShard, later,',
        (fault) => ({
          onShard: async () => {
            throw fault;
          },
        }),
      ],
    ])('%s that throws is told to onError, and the shard is done', async (_, callbacks) => {
      await add();
      const fault = new Error('the disk is full');
      const errors: Error[] = [];
      const onError = (error: Error) => void errors.push(error);
      expect(await work({ ...callbacks(fault), onError })).toMatchObject({ shards: 4, failed: 0 });
      expect(errors).toEqual([fault, fault, fault, fault]);
      expect(await queueStatus(own)).toMatchObject({ done: 4, setAside: 0 });
    });

    test('an onError that throws is a warning', async () => {
      const queue = new Queue(own.queue, { connection: { url: redis.url } });
      await queue.add('odd', { format: 2 }, { attempts: 1 });
      await queue.close();
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
      const onError = () => {
        throw new Error('the log of errors is full');
      };
      expect(await work({ onError })).toMatchObject({ failed: 1, setAside: 1 });
      expect(warn.mock.calls).toEqual([
        [expect.stringContaining('the log of errors is full'), expect.anything()],
      ]);
      warn.mockRestore();
    });

    test.each(['never there', 'gone'])(
      'a worker that is told to end ends where Redis is %s',
      async (where) => {
        const away = await RedisServer.start(await scratchFolder());
        if (where === 'never there') await away.kill();
        const worker = startCommand(['queue', 'work', '--redis', away.url], { cwd: folder });
        if (where === 'gone') {
          while ((await queueStatus({ redis: away.url })).workers === 0);
          await away.kill();
        }
        await worker.shown(/ECONNREFUSED/);
        worker.child.kill('SIGTERM');
        const began = performance.now();
        const { code, stdout } = await worker.result;
        expect([code, stdout]).toEqual([0, expect.stringMatching(/^0 shards done, 0 pictures/)]);
        // It is at nothing: neither its grace nor the time to give back is waited for.
        expect(performance.now() - began).toBeLessThan(5000);
      },
    );

    test('is used from the command line', async () => {
      const env = { LATENTKIT_REDIS: redis.url };
      const queue = ['--queue', own.queue];
      const run = (...args: string[]) =>
        runCommand(['queue', ...args, ...queue], { cwd: folder, env });
      const added = await run('add', MODEL, 'digits', '--out', 'cli', '--shard-items', '10');
      expect(added).toMatchObject({
        stdout: '3 shards of 30 pictures for cli: 3 added\n',
        code: 0,
      });
      const worker = startCommand(['queue', 'work', ...queue], { cwd: folder, env });
      await worker.shown(/[123]\/3: cli\/\d-of-3-\w+\.parquet, 10 rows/);
      const twoMore = async () => {
        while (JSON.parse((await run('status', '--json')).stdout).done < 3);
      };
      await twoMore();
      worker.child.kill('SIGTERM');
      const { code, stdout } = await worker.result;
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^3 shards done, 30 pictures/)]);
      expect((await run('status')).stdout).toMatch(
        /^3 shards done, 0 at work, 0 waiting\n0 workers/,
      );
      const merged = await runCommand(['embed', 'merge', 'cli', '-o', 'cli.csv'], { cwd: folder });
      expect(merged.stdout).toBe('cli.csv: 30 rows of 3 files\n');
      expect((await loadVectors(join(folder, 'cli.csv'))).rows).toHaveLength(COUNT);
    });

    test('loses no row and doubles none while workers and Redis are killed', async () => {
      const report = await killTrial({
        ...{
          command: COMMAND,
          model: join(ROOT, 'models/mnist-vae'),
          folder: await scratchFolder(),
        },
        ...{ pictures: 1200, shardItems: 100, workers: 2, kills: 4, lock: 1, seed: 5 },
      });
      expect(report).toMatchObject({ rows: 1200, equal: true, shards: 12, setAside: 0 });
      expect(report.killedWorkers + report.killedRedis).toBe(4);
    });
  });
}
