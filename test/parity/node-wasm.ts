import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { NamedTensors } from '@latentkit/node';
import type { RunGraph } from './runtimes.ts';

type Answer =
  | { readonly id: number; readonly results: NamedTensors[] }
  | { readonly id: number; readonly error: string };

let child: ChildProcess | undefined;
let runs = 0;

/** onnxruntime-web's WebAssembly under Node: one process for a test file, since its start takes the longest. */
export const inNodeWasm: RunGraph = (bytes, feedsList) => {
  const process = child ?? fork(join(__dirname, 'wasm-in-node.mjs'), { serialization: 'advanced' });
  child = process;
  const id = runs++;
  return new Promise((resolve, reject) => {
    const settle = () => {
      process.off('message', answered);
      process.off('exit', ended);
    };
    const answered = (answer: unknown) => {
      const { id: of, ...rest } = answer as Answer;
      if (of !== id) return;
      settle();
      if ('error' in rest) reject(new Error(rest.error));
      else resolve(rest.results);
    };
    const ended = (code: number | null) => {
      settle();
      child = undefined;
      reject(new Error(`the process ended with code ${code}`));
    };
    process.on('message', answered);
    process.on('exit', ended);
    process.send({ id, bytes, feedsList });
  });
};

afterAll(() => {
  child?.removeAllListeners('exit');
  child?.kill();
});
