import { parentPort } from 'node:worker_threads';
import { openAll, type ServerPort, serve } from '@latentkit/core/runtime';
import { loadOrt } from '../ort/load-ort.ts';
import { inNative } from '../ort/native-gate.ts';
import { openRunner, type RunnerOptions } from '../ort/ort-runner.ts';

/** A worker thread that opens graphs and runs them. Node's types do not say that its messages are events. */
serve<RunnerOptions>(parentPort as unknown as ServerPort, async (graphs, options, signal) => {
  await inNative(loadOrt);
  const open = (bytes: Uint8Array) => openRunner(bytes, options);
  return { runners: await openAll(graphs, { open, signal }), attempts: [] };
});
