import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * A process that takes part in a comparison. It prints `{"ready": true}` or `{"absent": reason}`, then
 * answers each line `n` with a line of JSON, and ends when its input does.
 */
export class Participant {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor(name: string, command: string, args: readonly string[]) {
    this.name = name;
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    // Where the command does not exist; the end of its output says the rest.
    this.#process.on('error', (error) => {
      this.#errors += error.message;
    });
    this.#process.stderr?.on('data', (text: Buffer) => {
      this.#errors += text;
    });
    this.#lines = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })[
      Symbol.asyncIterator
    ]();
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Why it cannot take part; undefined when it is ready. */
  async start(): Promise<string | undefined> {
    const answer = await this.#read().catch((error: Error) => ({ absent: error.message }));
    return answer['absent'] as string | undefined;
  }

  async ask(count: number): Promise<Record<string, number>> {
    this.#process.stdin?.write(`${count}\n`);
    return (await this.#read()) as Record<string, number>;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin?.end();
    if (this.#process.exitCode === null && this.#process.pid !== undefined) await ended;
  }

  async #read(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next();
    if (done) {
      const lines = this.#errors.trim().split('\n');
      // Node ends what it prints of an error with its own version; Python with the error.
      const said = lines.findLast((line) => /^\w*Error: /.test(line)) ?? lines.at(-1);
      throw new Error(said || `${this.name} ended without an answer`);
    }
    return JSON.parse(value as string) as Record<string, unknown>;
  }
}

/**
 * Starts all, and gives those that can take part; why the others cannot is noted in `absent`.
 *
 * @throws Error if one of the `required` cannot
 */
export async function startAll(
  all: readonly Participant[],
  required: readonly string[],
  absent: Record<string, string>,
): Promise<Participant[]> {
  const present: Participant[] = [];
  for (const participant of all) {
    const reason = await participant.start();
    if (reason === undefined) present.push(participant);
    else if (required.includes(participant.name)) throw new Error(`${participant.name}: ${reason}`);
    else absent[participant.name] ??= reason;
  }
  return present;
}
