import { access } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import { checkInteger, checkOptions, checkText } from '@latentkit/core/runtime';
import { portRefusal } from '@latentkit/system';
import sirv from 'sirv';

export interface ServedSite {
  /** `http://localhost:port/` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a folder to this machine alone, with the headers that let pages use threads.
 *
 * @param port 0 (the default) for any that is free
 * @throws ArgumentError; LatentkitError `not-found` for a folder without a page, `in-use` for a port that is taken
 */
export async function serveSite(
  folder: string,
  options: { readonly port?: number | undefined } = {},
): Promise<ServedSite> {
  checkText('folder', folder, 'the folder of a site');
  checkOptions(options);
  const { port = 0 } = options;
  checkInteger('port', port, 0, 65_535);
  await access(join(folder, 'index.html')).catch((cause) => {
    throw new LatentkitError('not-found', `${folder} holds no site: there is no index.html.`, {
      cause,
    });
  });
  const serve = sirv(folder, {
    // Looks at each file again: the folder may be written anew while it is served.
    dev: true,
    setHeaders(response) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      response.setHeader('Cache-Control', 'no-cache');
    },
  });
  const server = createServer((request, response) => {
    // A page from elsewhere that has its name lead here reads nothing (DNS rebinding).
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (host !== 'localhost' && host !== '127.0.0.1') {
      response.writeHead(403).end();
      return;
    }
    serve(request, response, () => {
      response.writeHead(404).end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(portRefusal(port, cause)));
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
