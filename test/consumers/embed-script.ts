import { tinyItems, tinyMeans } from '../fixtures/tiny-model.ts';
import type { ScriptResult } from '../node-runtime/run-script.ts';

/** Embeds by the model in ./model, and prints what came of it. Without dispose: the process must end by itself. */
const USE = `
async function use({ loadAutoencoder, LatentkitError }, execution) {
  const vae = await loadAutoencoder('./model', { execution });
  const z = await vae.encoder.embed(Float32Array.from(${JSON.stringify([...tinyItems(2)])}));
  const error = await vae.encoder.embed(new Float32Array(3)).catch((reason) => reason);
  const result = { z: [...z.data], device: vae.device.name, code: LatentkitError.isInstance(error) && error.code };
  console.log(JSON.stringify(result));
}
const both = (api) => use(api, 'inline').then(() => use(api, 'worker'));
`;

/** Programs that embed twice, inline and on worker threads, by the way in which they load the package. */
export const EMBED_SCRIPTS = {
  'esm.mjs': `import * as api from '@latentkit/node';\n${USE}both(api);`,
  'common.cjs': `const api = require('@latentkit/node');\n${USE}both(api);`,
  'dynamic.cjs': `${USE}import('@latentkit/node').then(both);`,
  'thread.mjs': `
    import { isMainThread, Worker } from 'node:worker_threads';
    import * as api from '@latentkit/node';
    ${USE}
    if (isMainThread) new Worker(new URL(import.meta.url));
    else both(api);`,
  'child.mjs': `
    import { fork } from 'node:child_process';
    import { fileURLToPath } from 'node:url';
    if (process.send) {
      ${USE}
      import('@latentkit/node').then(both).then(() => process.disconnect());
    } else {
      fork(fileURLToPath(import.meta.url)).on('exit', (code) => { process.exitCode = code; });
    }`,
} as const;

/** Why a program of {@link EMBED_SCRIPTS} did not do what it should; undefined if it did. */
export function embedFault({ code, stdout, stderr }: ScriptResult): string | undefined {
  const told = `exit code ${code}\nstdout: ${stdout}\nstderr: ${stderr}`;
  if (code !== 0) return `The process did not end cleanly: ${told}`;
  if (stderr !== '') return `Something was written to stderr: ${told}`;
  const lines = stdout.trim().split('\n');
  if (lines.length !== 2) return `It should have embedded twice: ${told}`;
  const expected = tinyMeans(tinyItems(2));
  for (const line of lines) {
    const { z, device, error } = parse(line);
    if (error) return `${error}: ${told}`;
    const close = expected.every((value, i) => Math.abs(value - (z[i] ?? Number.NaN)) < 1e-5);
    if (!close || z.length !== expected.length) return `The vectors are wrong: ${told}`;
    if (device !== 'cpu') return `It ran on ${device}: ${told}`;
  }
  return undefined;
}

function parse(line: string): { z: number[]; device: string; error?: string } {
  try {
    const { z, device, code } = JSON.parse(line);
    if (code === 'invalid-input') return { z, device };
    return { z, device, error: 'A wrong item was not refused by an error of ours' };
  } catch {
    return { z: [], device: '', error: 'What was printed is no JSON' };
  }
}
