import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedRequest {
  readonly file: string;
  /** First byte asked for. */
  readonly from: number;
}

/** What the server does for one request, in the place of serving the file. */
export type Misbehaviour = (request: ServedRequest, response: ServerResponse) => boolean;

/** A web server over files in memory that knows ranges, counts requests, and misbehaves on demand. */
export async function serveModel(files: Record<string, Uint8Array>, at = 0) {
  const requests: ServedRequest[] = [];
  const state: { misbehave: Misbehaviour | undefined; ranges: boolean } = {
    misbehave: undefined,
    ranges: true,
  };
  const handle = (incoming: IncomingMessage, response: ServerResponse) => {
    const file = new URL(incoming.url ?? '', 'http://localhost').pathname.replace('/model/', '');
    const from = Number(/bytes=(\d+)-/.exec(incoming.headers.range ?? '')?.[1] ?? 0);
    const request = { file, from };
    requests.push(request);
    if (state.misbehave?.(request, response)) return;
    const bytes = files[file];
    if (!bytes) {
      response.writeHead(404).end();
    } else if (from > 0 && state.ranges) {
      response.writeHead(206, {
        'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
        'content-length': bytes.length - from,
      });
      response.end(bytes.subarray(from));
    } else {
      response.writeHead(200, { 'content-length': bytes.length });
      response.end(bytes);
    }
  };
  const server = createServer(handle).listen(at, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/model`,
    requests,
    state,
    files,
    /** Sends the first `count` bytes of what is asked for, then breaks the connection. */
    cutAfter(count: number, times = 1): Misbehaviour {
      let left = times;
      return ({ file, from }, response) => {
        const bytes = files[file];
        if (file === 'model.json' || !bytes || left-- <= 0) return false;
        const head = from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/*` } : {};
        response.writeHead(from > 0 ? 206 : 200, {
          ...head,
          'content-length': bytes.length - from,
        });
        response.write(bytes.subarray(from, from + count));
        // Late enough that the client has read it all: what it has not read is lost with the connection.
        setTimeout(() => response.destroy(), 300);
        return true;
      };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
