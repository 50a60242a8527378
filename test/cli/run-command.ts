import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, jest } from '@jest/globals';

// A process is started and often trains: on a busy machine that takes its time.
jest.setTimeout(180_000);

export const ROOT = resolve(__dirname, '../..');
/** Where npm links the command, as npx finds it. */
export const COMMAND = join(ROOT, 'node_modules/.bin/latentkit');

export interface CommandResult {
  readonly code: number | null;
  /** Set if a signal ended the process. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly result: Promise<CommandResult>;
  /** Resolves when standard error has shown the text. */
  shown(text: string | RegExp): Promise<void>;
}

/** Starts the built command as a process of its own, without a terminal. */
export function startCommand(
  args: readonly string[],
  { cwd = ROOT, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): RunningCommand {
  return startProgram([COMMAND, ...args], { cwd, env });
}

/** Starts a Node program and collects what it writes. */
export function startProgram(
  args: readonly string[],
  { cwd, env }: { cwd: string; env?: Record<string, string> },
): RunningCommand {
  return startProcess(process.execPath, args, { cwd, ...(env ? { env } : {}) });
}

/** Starts any program and collects what it writes. */
export function startProcess(
  program: string,
  args: readonly string[],
  { cwd, env }: { cwd: string; env?: Record<string, string> },
): RunningCommand {
  const { DEBUG: _, ...inherited } = process.env;
  const child = spawn(program, args, {
    cwd,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const watcher of watchers) watcher();
  });
  const result = new Promise<CommandResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const shown = (text: string | RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (typeof text === 'string' ? !stderr.includes(text) : !text.test(stderr)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      result.then(() => reject(new Error(`the command ended without showing ${text}:\n${stderr}`)));
    });
  return { child, result, shown };
}

/** Runs the built command to its end. */
export function runCommand(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<CommandResult> {
  return startCommand(args, options).result;
}

/** An empty folder that is deleted after the tests of the file. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-cli-'));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Settings of a model that trains in a moment. */
export const SMALL = [
  '--hidden=16',
  '--latent=2',
  '--train-items=512',
  '--test-items=64',
  '--batch=64',
] as const;
