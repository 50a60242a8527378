import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const RAW: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
};

/** What connections were told before they were ended. */
const told = new WeakMap<Socket, number>();

/** The status with which a connection was ended, where {@link refuseRaw} did. */
export const rawStatusOf = (socket: Socket): number | undefined => told.get(socket);

/** Answers what is no HTTP, or comes too slowly to become a request. */
export function refuseRaw(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, phrase] = RAW[error.code ?? ''] ?? [400, 'Bad Request'];
  told.set(socket, status);
  const body = JSON.stringify({ error: `${phrase}: ${error.message}` });
  const head = [
    `HTTP/1.1 ${status} ${phrase}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Answers a request that expects something else than `100-continue`, which Node would refuse without a word. */
export function refuseExpectation({ headers }: IncomingMessage, response: ServerResponse): void {
  const body = JSON.stringify({
    error: `expect: expected '100-continue', or none, received '${headers.expect}'.`,
  });
  response.writeHead(417, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body);
}
