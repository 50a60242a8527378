import type { AbortSignalLike } from '../errors/index.ts';
import { toPlainError } from '../errors/plain-error.ts';
import type { GraphBytes, OpenedGraphs } from '../load/platform.ts';
import { BufferStore } from '../run/buffer-store.ts';
import { buffersOf, disposeAll } from '../run/named-tensors.ts';
import { runLocally } from '../run/pixels.ts';
import type { GraphRunner } from '../run/runner.ts';
import type { Port, Reply, Request, Results } from './protocol.ts';

/** The worker's end of the way; `end` lets the worker end. */
export interface ServerPort extends Port {
  end(): void;
}

/** Memory, in bytes, that waits for the floats of the next pixels. */
const SPARE_BYTES = 32 * 2 ** 20;

/** The worker's side of {@link openRemote}: opens graphs and runs them, one request at a time. */
export function serve<S>(
  port: ServerPort,
  open: (graphs: GraphBytes, settings: S, signal: AbortSignalLike) => Promise<OpenedGraphs>,
): void {
  const runners: Record<string, GraphRunner> = {};
  const spare = new BufferStore(SPARE_BYTES);
  const ending = new AbortController();
  let turn: Promise<void> = Promise.resolve();
  port.onMessage((message) => {
    const request = message as Request;
    if (request.kind === 'end') ending.abort();
    turn = turn.then(() => answer(request));
  });

  async function answer(request: Request): Promise<void> {
    const { id } = request;
    if (request.kind === 'end') {
      await disposeAll(runners);
      port.end();
    } else if (!ending.signal.aborted) {
      const transfer: ArrayBuffer[] = [];
      const reply: Reply = await perform(request, transfer).then(
        (value) => ({ id, value }),
        (error) => ({ id, error: toPlainError(error) }),
      );
      port.post(reply, transfer);
    }
  }

  async function perform(
    request: Request,
    transfer: ArrayBuffer[],
  ): Promise<Results[Request['kind']]> {
    if (request.kind === 'open') {
      const opened = await open(request.graphs, request.settings as S, ending.signal);
      Object.assign(runners, opened.runners);
      const graphs = Object.entries(runners).map(
        ([name, { device, inputs, outputs }]) => [name, { device, inputs, outputs }] as const,
      );
      return { graphs: Object.fromEntries(graphs), attempts: opened.attempts };
    }
    const runner = 'graph' in request && runners[request.graph];
    if (!runner) throw new Error(`the worker has no graph for this request: ${request.kind}`);
    if (request.kind !== 'run') return void (await runner.dispose());
    const outputs = await runLocally(runner, request.feeds, request.options, spare);
    const returned = buffersOf(request.feeds);
    transfer.push(...buffersOf(outputs), ...returned);
    return { outputs, returned };
  }
}
