import type { Server } from 'node:http';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';

/** A connection is taken in one turn of the event loop, and what it sent before is read in the next. */
const QUIET_TURNS = 3;

/**
 * Waits, and goes on until the server has had turns of the event loop without a new connection: a thread that is busy takes
 * none while a timer runs off, and the system resets those that are not taken when nobody listens any more.
 *
 * @param lingerMs milliseconds at the least
 * @param mostMs milliseconds at the most, where new connections never cease
 */
export async function linger(server: Server, lingerMs: number, mostMs: number): Promise<void> {
  const end = performance.now() + mostMs;
  let quiet = 0;
  const interrupt = () => {
    quiet = -1;
  };
  await pause(lingerMs);
  server.on('connection', interrupt);
  for (; quiet < QUIET_TURNS && performance.now() < end; quiet++) await turn();
  server.off('connection', interrupt);
}
