import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface ScriptOptions {
  readonly env?: Record<string, string>;
  /** The runtime; this Node by default. */
  readonly runtime?: string;
  readonly args?: readonly string[];
  /** Imports are resolved from here; this folder by default, where they lead to the built packages. */
  readonly cwd?: string;
}

export interface ScriptResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an ES module given as text in a process of its own. */
export function runScript(code: string, options: ScriptOptions = {}): Promise<ScriptResult> {
  return runProcess({ ...options, args: ['--input-type=module', '-e', code] });
}

export async function runProcess({
  env = {},
  runtime = process.execPath,
  args = [],
  cwd = import.meta.dirname,
}: ScriptOptions): Promise<ScriptResult> {
  const child = spawn(runtime, args, {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: code as number | null, stdout, stderr };
}
