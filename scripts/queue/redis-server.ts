import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Redis } from 'ioredis';

/** The program: `LATENTKIT_REDIS_SERVER`, else Debian's. */
const PROGRAM = process.env['LATENTKIT_REDIS_SERVER'] ?? 'redis-server';

/** Why there is no Redis to start here; undefined where there is one. */
export function redisMissing(): string | undefined {
  if (spawnSync(PROGRAM, ['--version']).status === 0) return undefined;
  return `there is no ${PROGRAM} (Debian's redis-server; LATENTKIT_REDIS_SERVER names one elsewhere)`;
}

/** A Redis of its own on loopback, which writes each command to its log before it answers, and may be killed. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  /** @param folder that exists, for its log */
  static async start(folder: string): Promise<RedisServer> {
    const server = new RedisServer(folder, await freePort());
    await server.restart();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again after a kill; it is ready when its log is read. */
  async restart(): Promise<void> {
    this.#process = spawn(
      PROGRAM,
      [
        ...['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''],
        ...['--appendonly', 'yes', '--appendfsync', 'always'],
      ],
      { stdio: 'ignore' },
    );
    const client = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    client.on('error', () => {});
    await client.ping();
    client.disconnect();
  }

  /** As a power failure would, but for the disk. */
  async kill(): Promise<void> {
    const ended = this.#process;
    this.#process = undefined;
    if (!ended || ended.exitCode !== null) return;
    ended.kill('SIGKILL');
    await once(ended, 'exit');
  }
}

/** A port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
