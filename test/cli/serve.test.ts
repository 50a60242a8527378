import { readdir } from 'node:fs/promises';
import { Agent, request as ask, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { JSON_LENGTH, readBody, readTensors, writeBody } from '@latentkit/oip';
import { tinyItems, tinyMeans, tinyModel, writeFiles } from '../fixtures/tiny-model.ts';
import { trials } from '../setup/tier.ts';
import { type RunningCommand, runCommand, scratchFolder, startCommand } from './run-command.ts';

const CLIENTS = 64;
const REQUESTS = trials('requests', { quick: 2000, all: 10_000 });
/** Items that requests are made of, each of other rows of them. */
const items = tinyItems(400);
const means = tinyMeans(items);

let folder: string;
beforeAll(async () => {
  folder = await scratchFolder();
  await writeFiles(join(folder, 'tiny'), tinyModel().files);
});

/** Starts the server, and gives its port. */
async function start(...options: string[]): Promise<RunningCommand & { readonly port: number }> {
  const running = startCommand(['serve', folder, '--port', '0', '--json', ...options]);
  let printed = '';
  running.child.stdout?.on('data', (text: string) => {
    printed += text;
  });
  await running.shown('Ctrl-C ends it');
  const { url, models } = JSON.parse(printed) as { url: string; models: object[] };
  expect(models).toEqual([{ name: 'tiny', device: 'cpu' }]);
  return { ...running, port: Number(new URL(url).port) };
}

/** What became of a request: `right` and `wrong` are answers of 200. */
type Outcome = 'right' | 'wrong' | 'busy' | `status ${number}` | `failed: ${string}`;

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

const fail = (fault: string): never => {
  throw new Error(fault);
};

/** Asks for the means of `count` items from the item `from` on, and compares them. */
function embed(port: number, from: number, count: number): Promise<Outcome> {
  const data = items.subarray(4 * from, 4 * (from + count));
  const parameters = { binary_data_size: data.byteLength };
  const input = { name: 'x', datatype: 'FP32', shape: [count, 4], parameters };
  const outputs = [{ name: 'mean', parameters: { binary_data: true } }];
  const { bytes, jsonLength } = writeBody({ inputs: [input], outputs }, [
    { data, dims: [count, 4], dtype: 'float32' },
  ]);
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) =>
      resolve(`failed: ${error.code ?? error.message}`);
    const answered = async (response: IncomingMessage) => {
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece as Buffer);
      const { statusCode = 0, headers } = response;
      if (statusCode !== 200)
        return statusCode === 503 ? 'busy' : (`status ${statusCode}` as const);
      const length = headers[JSON_LENGTH] as string;
      const { message, binary } = readBody(Buffer.concat(pieces), length, fail);
      const { mean } = readTensors('outputs', message['outputs'], binary, fail);
      const expected = means.subarray(2 * from, 2 * (from + count));
      const isRight =
        mean?.data.length === expected.length &&
        expected.every((value, i) => Math.abs(value - (mean.data[i] as number)) < 1e-5);
      return isRight ? 'right' : 'wrong';
    };
    ask(
      {
        ...{
          agent,
          port,
          host: '127.0.0.1',
          method: 'POST',
          path: '/v2/models/tiny-encoder/infer',
        },
        headers: { 'content-length': bytes.length, [JSON_LENGTH]: jsonLength },
      },
      (response) => answered(response).then(resolve, failed),
    )
      .on('error', failed)
      .end(bytes);
  });
}

/** Rows of the `n`th request: from one to seven, from anywhere. */
const rowsOf = (n: number) => ({ from: (n * 37) % 390, count: 1 + (n % 7) });

function counted(outcomes: readonly Outcome[]): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

describe('latentkit serve', () => {
  test(`gives ${CLIENTS} clients the right rows, ${REQUESTS} times, and counts batches of many`, async () => {
    const { port, child, result } = await start();
    const outcomes: Outcome[] = [];
    const client = async () => {
      while (outcomes.length < REQUESTS) {
        const at = outcomes.push('wrong') - 1;
        const { from, count } = rowsOf(at);
        outcomes[at] = await embed(port, from, count);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    expect(counted(outcomes)).toEqual({ right: REQUESTS });
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const [, batches = '0'] = /^latentkit_batch_rows_count\S* (\d+)$/m.exec(text) ?? [];
    expect(text).toContain(
      `latentkit_requests_total{model="tiny-encoder",status="200"} ${REQUESTS}`,
    );
    expect(Number(batches)).toBeGreaterThan(100);
    expect(Number(batches)).toBeLessThan(REQUESTS / 3);
    child.kill('SIGINT');
    const { code, stderr } = await result;
    expect(code).toBe(0);
    expect(stderr).toContain('Closing when what was accepted is answered. Press Ctrl-C again');
  });

  test('answers under load whatever it has accepted when it is told to end, and exits with 0', async () => {
    const { port, child, result } = await start('--max-delay', '20', '--log');
    const outcomes: Outcome[] = [];
    const client = async (n: number) => {
      for (;;) {
        const { from, count } = rowsOf(n + outcomes.length);
        const outcome = await embed(port, from, count);
        outcomes.push(outcome);
        // A client that is told that the server ends asks it no more.
        if (outcome !== 'right') return;
      }
    };
    const clients = Array.from({ length: CLIENTS }, (_, n) => client(n));
    while (outcomes.length < 500) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGTERM');
    await Promise.all(clients);
    const { code, signal, stderr } = await result;
    expect([code, signal]).toEqual([0, null]);
    const statuses = stderr.split('\n').flatMap((line) => /"status":(\d+)/.exec(line)?.[1] ?? []);
    const answered = counted(statuses as Outcome[]) as Record<string, number>;
    const { right = 0, busy, ...others } = counted(outcomes);
    expect(right).toBeGreaterThanOrEqual(500);
    // Every request that came to the server was answered, by its own count, and each answer came to its client.
    expect(answered).toEqual({ 200: right, ...(busy === undefined ? {} : { 503: busy }) });
    // The other clients came when nobody listened any more.
    const late = Object.keys(others);
    expect(late.filter((outcome) => !/^failed: ECONN(REFUSED|RESET)$/.test(outcome))).toEqual([]);
  });

  test('export --layout triton writes what is served for Triton', async () => {
    const args = ['export', 'tiny', '--layout', 'triton', '--out', 'repository', '--json'];
    const { code, stdout } = await runCommand(args, { cwd: folder });
    const models = ['tiny-encoder', 'tiny-decoder'];
    expect([code, JSON.parse(stdout)]).toEqual([0, { out: 'repository', models }]);
    for (const model of models) {
      const inside = await readdir(join(folder, 'repository', model));
      expect(inside.sort()).toEqual(['1', 'config.pbtxt']);
    }
    const halved = await runCommand([...args, '--fp16'], { cwd: folder });
    expect([halved.code, halved.stderr]).toEqual([2, expect.stringContaining('fp16')]);
  });

  test.each<[string, string[], number, RegExp]>([
    ['no such folder', ['./nowhere'], 1, /nowhere is no folder/],
    [
      'a batch of nothing',
      ['.', '--max-batch', '0'],
      2,
      /^error: --max-batch: expected an integer from 1 /,
    ],
    ['a delay that is none', ['.', '--max-delay', 'soon'], 2, /Expected a number/],
  ])('refuses %s', async (_, args, expected, message) => {
    const { code, stderr } = await runCommand(['serve', ...args], { cwd: folder });
    expect(code).toBe(expected);
    expect(stderr).toMatch(message);
  });
});
