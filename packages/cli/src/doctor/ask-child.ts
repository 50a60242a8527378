import { type ChildProcess, fork } from 'node:child_process';

/** What came of a process: its answer, or how it ended without one. */
export type Reply<T> =
  | { readonly answer: T }
  | { readonly ended: string; readonly lastWords: string };

/** Of what a process wrote to stderr, this much of the end is kept, in characters. */
const KEPT = 4000;

/**
 * Starts a Node program with its question as its argument, and waits for the one message that it sends. Native
 * code may end the process, or never come back: that is a reply too.
 *
 * @param limit milliseconds after which the process is ended
 */
export function askChild<T>(
  program: string,
  question: string,
  { limit, signal }: { readonly limit: number; readonly signal?: AbortSignal | undefined },
): Promise<Reply<T>> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = fork(program, [question], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    } catch (error) {
      resolve({ ended: `could not be started: ${(error as Error).message}`, lastWords: '' });
      return;
    }
    let stderr = '';
    let late = false;
    const kill = () => void child.kill('SIGKILL');
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, limit);
    signal?.addEventListener('abort', kill, { once: true });
    const settle = (reply: Reply<T>) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      resolve(reply);
    };
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-KEPT);
    });
    child.on('message', (answer) => {
      settle({ answer: answer as T });
      kill();
    });
    child.on('error', (error) => settle({ ended: error.message, lastWords: '' }));
    child.on('close', (code, killer) => {
      const ended = late
        ? `did not answer within ${limit / 1000} s, and was ended`
        : killer
          ? `died by ${killer}`
          : `ended with code ${code} and no answer`;
      settle({ ended, lastWords: lastLine(stderr) });
    });
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
