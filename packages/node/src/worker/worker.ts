import { parentPort } from 'node:worker_threads';
import { type ServerPort, serve } from '@latentkit/core/runtime';
import { loadOrt } from '../ort/load-ort.ts';
import { inNative } from '../ort/native-gate.ts';
import { openAll } from '../ort/open-all.ts';
import type { RunnerOptions } from '../ort/ort-runner.ts';

/** A worker thread that opens graphs and runs them. Node's types do not say that its messages are events. */
serve<RunnerOptions>(parentPort as unknown as ServerPort, async (graphs, options, signal) => {
  await inNative(loadOrt);
  return { runners: await openAll(graphs, options, signal), attempts: [] };
});
