import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from '@latentkit/core';
import type { AddReport, QueueStatus } from '@latentkit/queue';
import { drawPictures } from './draw-pictures.ts';
import { RedisServer } from './redis-server.ts';

export interface TrialOptions {
  /** The built command, and the model that it embeds with. */
  readonly command: string;
  readonly model: string;
  /** An empty folder. */
  readonly folder: string;
  readonly pictures: number;
  readonly shardItems: number;
  readonly workers: number;
  /** Kills with signal 9, of a worker twice as often as of Redis, spread over the work. */
  readonly kills: number;
  /** Seconds until a worker counts as gone. */
  readonly lock: number;
  /** Of the dice that say who is killed, and when. */
  readonly seed: number;
  readonly log?: (line: string) => void;
}

export interface TrialReport {
  readonly pictures: number;
  readonly shards: number;
  readonly workers: number;
  readonly killedWorkers: number;
  readonly killedRedis: number;
  /** Rows of the merged file, and whether it is to the byte that of one process. */
  readonly rows: number;
  readonly equal: boolean;
  /** Times that shards had to be added again, since Redis had lost them, or workers had died of them too often. */
  readonly addedAgain: number;
  readonly setAside: number;
  /** Of one process; of the workers, with kills. */
  readonly aloneSeconds: number;
  readonly queueSeconds: number;
}

/**
 * Embeds pictures once by one process, and once by workers on a queue that are killed at random, as Redis is; compares the
 * files.
 */
export async function killTrial(options: TrialOptions): Promise<TrialReport> {
  const { folder, pictures, model, log = () => {} } = options;
  const zips = await drawPictures(join(folder, 'pictures'), pictures);
  log(`${pictures} pictures are drawn`);
  const run = (...args: string[]) => finish(start(options.command, args, folder));
  let began = performance.now();
  await run('embed', model, ...zips, '--out', 'alone.parquet');
  const aloneSeconds = (performance.now() - began) / 1000;
  log(`one process: ${aloneSeconds.toFixed(1)} s`);

  await mkdir(join(folder, 'redis'));
  const redis = await RedisServer.start(join(folder, 'redis'));
  const queue = ['--redis', redis.url, '--json'];
  const add = async (): Promise<AddReport> => {
    const size = `${options.shardItems}`;
    const out = ['--out', 'parts', '--shard-items', size];
    return JSON.parse(await run('queue', 'add', model, ...zips, ...out, ...queue));
  };
  try {
    const { shards } = await add();
    began = performance.now();
    const killed = { worker: 0, redis: 0 };
    const crew = new Crew(options, redis);
    crew.fill();
    const random = createRandom(options.seed);
    const dice = () => random.uniform();
    const total = options.kills;
    for (let kill = 0; kill < total; kill++) {
      // The kills go on with the work, whatever its speed: each at a random place of its own share.
      const due = Math.floor(((kill + dice()) / (total + 1)) * shards);
      while ((await partsIn(folder)) < due) {
        await pause(20);
        crew.fill();
      }
      await pause(500 * dice());
      if (dice() < 1 / 3) {
        killed.redis += 1;
        await redis.kill();
        await pause(500 * dice());
        await redis.restart();
      } else if (await crew.killOne(dice())) killed.worker += 1;
      else kill -= 1;
      log(`kill ${killed.worker + killed.redis}: ${await partsIn(folder)} of ${shards} parts`);
      crew.fill();
    }
    let [addedAgain, setAside] = [0, 0];
    for (;;) {
      await crew.finish();
      const status: QueueStatus = JSON.parse(await run('queue', 'status', ...queue));
      setAside += status.setAside;
      if (status.done === shards) break;
      addedAgain += 1;
      await add();
      crew.fill();
    }
    const queueSeconds = (performance.now() - began) / 1000;
    const merged = await run('embed', 'merge', 'parts', '--out', 'merged.parquet', '--json');
    const [one, other] = await Promise.all(
      ['alone.parquet', 'merged.parquet'].map((name) => readFile(join(folder, name))),
    );
    return {
      ...{ pictures, shards, workers: options.workers },
      ...{ killedWorkers: killed.worker, killedRedis: killed.redis },
      ...{ rows: JSON.parse(merged).rows, equal: one?.equals(other as Buffer) === true },
      ...{ addedAgain, setAside, aloneSeconds, queueSeconds },
    };
  } finally {
    await redis.kill();
  }
}

/** Workers, of which there are always as many as there should be: who dies is replaced. */
class Crew {
  readonly #options: TrialOptions;
  readonly #redis: RedisServer;
  readonly #running = new Set<ChildProcess>();

  constructor(options: TrialOptions, redis: RedisServer) {
    this.#options = options;
    this.#redis = redis;
  }

  fill(): void {
    const { command, folder, lock, workers } = this.#options;
    const args = ['--redis', this.#redis.url, '--drain', '--lock', `${lock}`, '--max-stalls', '20'];
    while (this.#running.size < workers) {
      // What they say goes nowhere: a pipe that nobody reads would stop them.
      const worker = start(command, ['queue', 'work', ...args], folder, 'ignore');
      this.#running.add(worker);
      worker.once('exit', () => this.#running.delete(worker));
    }
  }

  async killOne(place: number): Promise<boolean> {
    const workers = [...this.#running];
    const worker = workers[Math.floor(place * workers.length)];
    if (!worker) return false;
    const ended = once(worker, 'exit');
    worker.kill('SIGKILL');
    await ended;
    return true;
  }

  /** Until all have ended by themselves. */
  async finish(): Promise<void> {
    for (const worker of this.#running) await once(worker, 'exit');
  }
}

function start(
  command: string,
  args: readonly string[],
  cwd: string,
  output: 'pipe' | 'ignore' = 'pipe',
): ChildProcess {
  return spawn(process.execPath, [command, ...args], { cwd, stdio: ['ignore', output, output] });
}

/** What a command prints. @throws Error with what it says, if it fails */
async function finish(child: ChildProcess): Promise<string> {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0)
    throw new Error(`${child.spawnargs.join(' ')} ended with ${code}:\n${said.stderr}`);
  return said.stdout;
}

async function partsIn(folder: string): Promise<number> {
  const names = await readdir(join(folder, 'parts')).catch(() => []);
  return names.filter((name) => !name.startsWith('.')).length;
}
