import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';

/** Answers a request by hand: to be slow, to fail, to alter a file. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** What lies under a URL prefix: a folder, files in memory by name, or a handler. */
export type Mount = string | Readonly<Record<string, Uint8Array>> | Handler;

export interface ServerOptions {
  /** By URL prefix (`'/models/'`); the longest that fits answers. */
  readonly mounts: Readonly<Record<string, Mount>>;
  /** Send the headers that make pages cross-origin isolated, as threads need; true by default. */
  readonly isolated?: boolean | undefined;
  /** Further headers of every answer. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface StaticServer {
  /** `http://localhost:port` */
  readonly origin: string;
  /** The path of every request so far. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
};

/** Serves pages and models on localhost. */
export async function startServer(options: ServerOptions): Promise<StaticServer> {
  const { mounts, isolated = true, headers = {} } = options;
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    requests.push(path);
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    response.setHeader('Cache-Control', 'no-store');
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    const mount = prefix === undefined ? undefined : mounts[prefix];
    if (typeof mount === 'function') {
      mount(request, response);
      return;
    }
    const name = path.slice(prefix?.length ?? 0) || 'index.html';
    contentOf(mount, name).then(
      (content) => {
        response.setHeader('Content-Type', TYPES[extname(name)] ?? 'application/octet-stream');
        response.end(content);
      },
      () => {
        response.statusCode = 404;
        response.end('not found');
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function contentOf(
  mount: Exclude<Mount, Handler> | undefined,
  name: string,
): Promise<Uint8Array> {
  if (typeof mount === 'string') {
    const path = normalize(join(mount, name));
    if (path.startsWith(mount + sep)) return readFile(path);
  } else if (mount && Object.hasOwn(mount, name)) {
    return mount[name] as Uint8Array;
  }
  throw new Error(`no ${name}`);
}
