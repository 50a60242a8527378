import type { AbortSignalLike } from '../errors/index.ts';
import { toPlainError } from '../errors/plain-error.ts';
import type { GraphBytes, OpenedGraphs } from '../load/platform.ts';
import { buffersOf, disposeAll } from '../run/named-tensors.ts';
import { pixelRunner } from '../run/pixels.ts';
import type { GraphRunner } from '../run/runner.ts';
import type { Port, Reply, Request, Results } from './protocol.ts';

/** The worker's end of the way; `end` lets the worker end. */
export interface ServerPort extends Port {
  end(): void;
}

/** The worker's side of {@link openRemote}: opens graphs and runs them, one request at a time. */
export function serve<S>(
  port: ServerPort,
  open: (graphs: GraphBytes, settings: S, signal: AbortSignalLike) => Promise<OpenedGraphs>,
): void {
  const runners: Record<string, GraphRunner> = {};
  const runs: Record<string, GraphRunner['run']> = {};
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
      const graphs = Object.entries(runners).map(([name, runner]) => {
        const { device, inputs, outputs } = runner;
        runs[name] = pixelRunner(runner);
        return [name, { device, inputs, outputs }] as const;
      });
      return { graphs: Object.fromEntries(graphs), attempts: opened.attempts };
    }
    const runner = 'graph' in request && runners[request.graph];
    if (!runner) throw new Error(`the worker has no graph for this request: ${request.kind}`);
    if (request.kind !== 'run') return void (await runner.dispose());
    const outputs = await (runs[request.graph] as GraphRunner['run'])(
      request.feeds,
      request.options,
    );
    const returned = buffersOf(request.feeds);
    transfer.push(...buffersOf(outputs), ...returned);
    return { outputs, returned };
  }
}
