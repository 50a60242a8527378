import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv6 } from 'node:net';
import { ArgumentError } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { loadCard } from '@latentkit/node';
import { portRefusal, telling } from '@latentkit/system';
import { createApp } from './http/app.ts';
import { linger } from './http/linger.ts';
import { Metrics } from './http/metrics.ts';
import { unusedConnections } from './http/unused-connections.ts';
import { namedModels } from './models/model-names.ts';
import { openModels } from './models/open-models.ts';
import { type ServeOptions, settle } from './options.ts';

/** A server that runs. */
export interface Served {
  /** `http://localhost:port`, or by the host that was given: `http://[::1]:port` */
  readonly url: string;
  /** The models that are served, and the device of each. */
  readonly models: readonly { readonly name: string; readonly device: string }[];
  /**
   * Takes no further request, answers those that were accepted, and frees the models. Idempotent. Connections that are
   * still busy after `graceMs` are cut.
   */
  close(): Promise<void>;
}

/**
 * Serves models over HTTP by the Open Inference Protocol, version 2, with binary tensors, dynamic batching and
 * metrics. `loadAutoencoder('oip+http://host:port/NAME')` of @latentkit/node and @latentkit/web uses them.
 *
 * @throws ArgumentError, also for a host that is not this machine; what loading a model throws; LatentkitError `in-use` for
 *   a port that is taken
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const settled = settle(options);
  const { device, strict, dtype, execution = 'worker', workers, threads, signal } = options;
  const loading = { device, strict, dtype, execution, workers, threads, signal };
  const sources = await namedModels(options.models);
  // Who mistyped a model is told so, also where the port is taken: cards are small.
  for (const source of sources.values()) await loadCard(source, loading);
  await checkAddress(settled);
  const metrics = new Metrics();
  const opened = await openModels(sources, loading, settled, (name, batch) =>
    metrics.ran(name, batch),
  );
  const { graphs, models, dispose } = opened;
  let isOpen = true;
  const onError = telling(options.onError);
  const onAnswer = telling(options.onAnswer, options.onError && onError);
  try {
    metrics.watch(graphs);
    const app = await createApp(graphs, metrics, {
      ...settled,
      isOpen: () => isOpen,
      onAnswer: (answer) => {
        metrics.answered(answer);
        onAnswer(answer);
      },
      onError,
    });
    const closeUnused = unusedConnections(app.server);
    throwIfAborted(signal, 'Serving');
    const { port, host } = settled;
    await app.listen({ port, host }).catch((cause) => {
      throw refusal(settled, cause);
    });
    const { port: bound } = app.server.address() as AddressInfo;
    let closing: Promise<void> | undefined;
    const close = async () => {
      // From now on answers end their connections.
      isOpen = false;
      for (const { batcher } of graphs.values()) batcher.hurry();
      const begun = performance.now();
      await linger(app.server, settled.lingerMs, settled.graceMs);
      // Again and again: connections are taken until nobody listens any more, and may stay without a word.
      const cut = setInterval(() => {
        closeUnused();
        if (performance.now() - begun >= settled.graceMs) app.server.closeAllConnections();
      }, CUT_MS);
      await app.close();
      clearInterval(cut);
      await dispose();
    };
    return {
      url: `http://${nameIn(host)}:${bound}`,
      models,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** How often a server that closes looks whether its time is up, in milliseconds. */
const CUT_MS = 20;

/** How a URL names a host that is listened at. */
function nameIn(host: string): string {
  // An interface of the machine (fe80::1%eth0) is no part of an address that a URL has.
  const name = isIPv6(host) ? new URL(`http://[${host.replace(/%.*/, '')}]`).hostname : host;
  return ['0.0.0.0', '127.0.0.1', '[::]'].includes(name) ? 'localhost' : name;
}

interface Address {
  readonly port: number;
  readonly host: string;
}

/** Models take long to load: an address that cannot be had is told before. @throws as {@link refusal} says */
async function checkAddress({ port, host }: Address): Promise<void> {
  const probe = createServer();
  try {
    await once(probe.listen({ port, host }), 'listening');
  } catch (cause) {
    throw refusal({ port, host }, cause as NodeJS.ErrnoException);
  }
  probe.close();
  await once(probe, 'close');
}

/** Of names that nobody knows, and of addresses that other machines have. */
const NOT_HERE = ['ENOTFOUND', 'EAI_AGAIN', 'EINVAL', 'EADDRNOTAVAIL'];

/** ArgumentError for a host that is not this machine, LatentkitError `in-use` for its port, else the cause. */
function refusal({ port, host }: Address, cause: NodeJS.ErrnoException): Error {
  if (!NOT_HERE.includes(cause.code ?? '')) return portRefusal(port, cause);
  const wanted = "an address of this machine: '127.0.0.1' for it alone, '0.0.0.0' for the network";
  return new ArgumentError('host', wanted, host, { cause });
}
