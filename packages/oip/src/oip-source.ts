import { ArgumentError, type GraphName, LatentkitError } from '@latentkit/core';
import type { ModelSource } from '@latentkit/core/runtime';
import type { Fetch } from './ask.ts';
import { isObject } from './body.ts';
import { CARD_PARAMETER, servedName } from './protocol.ts';
import { askFor, openServed, type Place } from './served-graph.ts';

export interface OipSourceOptions {
  readonly fetch: Fetch;
  /** Milliseconds for which a server that is busy is asked again; 30 s by default. */
  readonly patienceMs?: number | undefined;
}

/** Requests of one model that are under way at a time: pages have six connections to a server. */
const REQUESTS = 6;

/** Options that say where a model is run, or from which files: the server has decided. */
const DECIDED = [
  ...['device', 'strict', 'execution', 'workers', 'threads', 'dtype', 'selfTest'],
  ...['offline', 'worker', 'wasmPaths'],
];

/**
 * A model that a server runs over the Open Inference Protocol: `latentkit serve`, or Triton with a repository that
 * `latentkit export --layout triton` wrote. Batches go there and back; the card comes from there too.
 *
 * @param address `oip+http://host:port/NAME` (or `oip+https:`), NAME being the model's, without its graph
 * @param options of loading, none of which may say where to run
 * @throws ArgumentError
 */
export function oipSource(
  address: string | URL,
  { fetch, patienceMs = 30_000 }: OipSourceOptions,
  options: object = {},
): ModelSource {
  for (const name of DECIDED) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined) continue;
    throw new ArgumentError(name, 'no such option for a served model: its server decides', value);
  }
  const { base, name, search } = parse(String(address));
  const placeOf = (graph: GraphName): Place => {
    const url = `${base}v2/models/${encodeURIComponent(servedName(name, graph))}`;
    return { url, search, fetch, patienceMs };
  };
  const description = `${name} at ${base}`;
  return {
    description,
    async read(file, { signal }) {
      if (file !== 'model.json') {
        throw new LatentkitError(
          'not-found',
          `${file} of ${description} is not available: servers run models and do not give their files. Load it from a folder or a URL.`,
        );
      }
      const { parameters } = await askFor(placeOf('encoder'), '/config', signal);
      const parameter = isObject(parameters) ? parameters[CARD_PARAMETER] : undefined;
      const card = isObject(parameter) ? parameter['string_value'] : undefined;
      if (typeof card === 'string') return new TextEncoder().encode(card);
      throw new LatentkitError(
        'not-found',
        `${description} has no model card: there is no parameter '${CARD_PARAMETER}' in its configuration. Serve it by latentkit serve, or from a repository that latentkit export --layout triton wrote.`,
      );
    },
    async open(card, graphs, { signal }) {
      const opened = graphs.map(async (graph) => {
        const described = card.graphs[graph] ?? { inputs: [], outputs: [] };
        return [graph, await openServed(placeOf(graph), described, signal)] as const;
      });
      return {
        runners: Object.fromEntries(await Promise.all(opened)),
        attempts: [{ device: 'oip', ok: true, reason: `runs at ${base}` }],
        concurrency: REQUESTS,
      };
    },
  };
}

const WANTED = "'oip+http://host:port/NAME', NAME being that of a model which the server has";

function parse(address: string): { base: string; name: string; search: string } {
  let url: URL;
  let name: string;
  try {
    url = new URL(address.slice('oip+'.length));
    name = decodeURIComponent(/([^/]*)\/?$/.exec(url.pathname)?.[1] ?? '');
  } catch {
    // Without the address: there may be a password in it.
    throw new ArgumentError('source', WANTED, 'no valid URL');
  }
  if (url.username || url.password) {
    throw new ArgumentError(
      'source',
      'an address without user and password: the option fetch adds headers',
      `oip+http://…@${url.host}`,
    );
  }
  if (name === '') throw new ArgumentError('source', WANTED, address);
  const folder = url.pathname.replace(/[^/]+\/?$/, '');
  return { base: url.origin + folder, name, search: url.search };
}
