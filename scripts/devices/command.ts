import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { CommandRun } from './report/report.ts';

/** Runs the built command, and keeps what it says. */
export async function runCommand(
  args: readonly string[],
  { root, limit }: { readonly root: string; readonly limit: number },
): Promise<CommandRun> {
  const { resolve } = createRequire(import.meta.url);
  const program = join(dirname(resolve('latentkit/package.json')), 'bin/latentkit.mjs');
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limit,
    env: { ...process.env, NO_COLOR: '1' },
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return {
    command: `latentkit ${args.join(' ')}`,
    code,
    output: withoutPaths(`${out}${err}`.trimEnd(), root),
  };
}

/** A report that is kept says nothing of where this machine has its folders. */
function withoutPaths(text: string, root: string): string {
  return text.replaceAll(root, '.').replaceAll(homedir(), '~');
}
