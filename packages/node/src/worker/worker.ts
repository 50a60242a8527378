import { parentPort } from 'node:worker_threads';
import type { DeviceAttempt } from '@latentkit/core';
import { serve } from '@latentkit/core/runtime';
import { loadOrt } from '../ort/load-ort.ts';
import { inNative } from '../ort/native-gate.ts';
import { openAll } from '../ort/open-all.ts';
import type { RunnerOptions } from '../ort/ort-runner.ts';

/** A worker thread that opens graphs and runs them. */
const port = parentPort;
if (!port) throw new Error('worker.ts is the script of a worker thread');

const attempts: readonly DeviceAttempt[] = [];

serve<RunnerOptions>(
  {
    post: (message, transfer) => port.postMessage(message, transfer),
    onMessage: (listener) => port.on('message', listener),
    end: () => port.close(),
  },
  async (graphs, options, signal) => {
    await inNative(loadOrt);
    return { runners: await openAll(graphs, options, signal), attempts };
  },
);
