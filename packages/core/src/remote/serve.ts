import { checkMethod } from '../errors/check.ts';
import type { AbortSignalLike } from '../errors/index.ts';
import { toPlainError } from '../errors/plain-error.ts';
import type { GraphBytes, OpenedGraphs } from '../load/platform.ts';
import { buffersOf, disposeAll } from '../run/named-tensors.ts';
import { pixelRunner } from '../run/pixels.ts';
import type { GraphRunner } from '../run/runner.ts';
import type { Answer, Call, Kind, Reply, Request } from './protocol.ts';

/** The worker's end of the way: the scope of a web worker, or the `parentPort` of a thread of Node's. */
export interface ServerPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  /** Lets the worker end. */
  close(): void;
}

type Performers = {
  [K in Kind]: (call: Call<K>, transfer: ArrayBuffer[]) => Promise<Answer<K>>;
};

/** The worker's side of {@link openRemote}: opens graphs and runs them, one request at a time. */
export function serve<S>(
  port: ServerPort,
  open: (graphs: GraphBytes, settings: S, signal: AbortSignalLike) => Promise<OpenedGraphs>,
): void {
  checkMethod('port', port, 'addEventListener');
  let runners: Readonly<Record<string, GraphRunner>> = {};
  const runs: Record<string, GraphRunner['run']> = {};
  const ending = new AbortController();
  const perform: Performers = {
    async open({ graphs, settings }) {
      const opened = await open(graphs, settings as S, ending.signal);
      runners = opened.runners;
      const interfaces = Object.entries(runners).map(([name, runner]) => {
        const { device, inputs, outputs } = runner;
        runs[name] = pixelRunner(runner);
        return [name, { device, inputs, outputs }] as const;
      });
      return { graphs: Object.fromEntries(interfaces), attempts: opened.attempts };
    },
    async run({ graph, feeds, options }, transfer) {
      const outputs = await (runs[graph] as GraphRunner['run'])(feeds, options);
      const returned = buffersOf(feeds);
      transfer.push(...buffersOf(outputs), ...returned);
      return { outputs, returned };
    },
    dispose: ({ graph }) => (runners[graph] as GraphRunner).dispose(),
    end: () => disposeAll(runners).finally(() => port.close()),
  };
  let turn: Promise<void> = Promise.resolve();
  port.addEventListener('message', ({ data }) => {
    const { id, kind, ...call } = data as Request;
    if (kind === 'end') ending.abort();
    turn = turn.then(async () => {
      if (ending.signal.aborted && kind !== 'end') return;
      const transfer: ArrayBuffer[] = [];
      const reply: Reply = await perform[kind](call as never, transfer).then(
        (value) => ({ id, value }),
        (error) => ({ id, error: toPlainError(error) }),
      );
      port.postMessage(reply, transfer);
    });
  });
}
