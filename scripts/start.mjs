/** `npm start`: builds the command quietly, then runs its quickstart in this process. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const turbo = join(
  dirname(createRequire(import.meta.url).resolve('turbo/package.json')),
  'bin/turbo',
);

/** Runs a Node program; its output is shown only if it fails. */
function quietly(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: root,
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => output.push(chunk));
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new Error(`the build failed (${signal ?? `exit code ${code}`})`));
    });
  });
}

const started = performance.now();
process.stderr.write('Building the packages …');
await quietly(turbo, ['run', 'build', '--filter=latentkit', '--output-logs=errors-only']).catch(
  (error) => {
    process.stderr.write(`\n${error.message}\n`);
    process.exit(1);
  },
);
process.stderr.write(` ${((performance.now() - started) / 1000).toFixed(1)} s\n\n`);

process.argv.splice(2, 0, 'quickstart');
await import('../packages/cli/bin/latentkit.mjs');
