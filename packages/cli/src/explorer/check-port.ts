import { createServer } from 'node:net';
import { checkInteger } from '@latentkit/core/runtime';
import { portRefusal } from '@latentkit/system';

/**
 * Tries a port of this machine, and lets go of it.
 *
 * @throws ArgumentError for what is no port; LatentkitError `in-use` for one that is taken
 */
export async function checkPort(port: number): Promise<void> {
  checkInteger('--port', port, 0, 65_535);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(portRefusal(port, cause)));
    server.listen(port, '127.0.0.1', resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}
