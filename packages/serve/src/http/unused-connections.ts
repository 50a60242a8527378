import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Watches a server for connections over which nothing came: those are not among what Node's `closeIdleConnections`
 * closes, and a server that ends would wait for them.
 *
 * @returns closes those that were there, unused, when it was called before: what was sent along with a connection is read
 *   within a turn of the event loop
 */
export function unusedConnections(server: Server): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  let before = new Set<Socket>();
  return () => {
    const unused = [...open].filter(({ bytesRead }) => bytesRead === 0);
    for (const socket of unused) if (before.has(socket)) socket.destroy();
    before = new Set(unused);
  };
}
