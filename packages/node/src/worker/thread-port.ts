import { setTimeout as pause } from 'node:timers/promises';
import type { ClientPort } from '@latentkit/core/runtime';
import { workerFile } from './worker-file.ts';

/** How long a thread that was asked to end is waited for: one that hangs must not hang its caller. */
const LONGEST_WAIT_MS = 10_000;

/** Starts a worker thread: the caller's end of the way to it. */
export function threadPort(): ClientPort {
  // Not by an import: a bundler for servers (Turbopack) takes all files of the folder for the script of a `new Worker`
  // whose address it cannot know, declarations included.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  // The flags of the process (loaders, --input-type, inspectors) are none of the thread's business.
  const thread = new Worker(workerFile(), { name: 'latentkit', execArgv: [] });
  thread.unref();
  const gone = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  return {
    post: (message, transfer) => thread.postMessage(message, [...transfer]),
    onMessage: (listener) => thread.on('message', listener),
    onEnd(listener) {
      thread.on('error', (cause) => listener(`it failed: ${cause.message}.`, cause));
      thread.on('messageerror', (cause) => listener('its answer could not be read.', cause));
      thread.on('exit', (code) => listener(`it ended with code ${code}.`));
    },
    hold: (awaited) => (awaited ? thread.ref() : thread.unref()),
    /** Never by `terminate`, which inside native code would abort the process. */
    async end() {
      thread.ref();
      await Promise.race([gone, pause(LONGEST_WAIT_MS, undefined, { ref: false })]);
      thread.unref();
    },
  };
}
