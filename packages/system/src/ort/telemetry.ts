import { processOutside } from '../module/outside.ts';

const SWITCH = 'ORT_DISABLE_TELEMETRY';

let done: Promise<void> | undefined;

/**
 * Switches ONNX Runtime's telemetry off for this process. ONNX Runtime reads the switch once, from the
 * environment of the process, when its native library is loaded.
 *
 * @throws Error in a worker thread from which the environment of the process cannot be changed: nothing
 *   is loaded that might report home
 */
export function switchTelemetryOff(): Promise<void> {
  done ??= switchOff();
  return done;
}

async function switchOff(): Promise<void> {
  const process = processOutside();
  const { isMainThread } = process.getBuiltinModule('node:worker_threads');
  if (process.env[SWITCH] === '1' && (isMainThread || !isOnlyInCopy())) return;
  if (process.versions['bun']) await setInBun();
  // The environment that a worker thread sees is a copy, which native code never reads.
  else if (!isMainThread) await setFromWorker();
  process.env[SWITCH] = '1';
}

/** The part of `process.report` that is used; Node 20's types lack `excludeNetwork`. */
interface Report {
  excludeNetwork: boolean;
  getReport(): { environmentVariables?: Record<string, string> };
}

/** Whether the switch was given to this worker thread alone; a report shows what native code reads. */
function isOnlyInCopy(): boolean {
  const report = process.report as unknown as Report | undefined;
  if (!report) return false;
  const { excludeNetwork } = report;
  // Names of hosts would be looked up.
  report.excludeNetwork = true;
  const { environmentVariables } = report.getReport();
  report.excludeNetwork = excludeNetwork;
  return environmentVariables !== undefined && environmentVariables[SWITCH] !== '1';
}

/** A worker thread reaches the environment of the process through the main thread's inspector. */
async function setFromWorker(): Promise<void> {
  try {
    const { Session } = process.getBuiltinModule('node:inspector');
    const session = new Session();
    session.connectToMainThread();
    try {
      await new Promise<void>((resolve, reject) => {
        const late = () => reject(new Error('the main thread does not answer'));
        const timer = setTimeout(late, 5000);
        session.post(
          'Runtime.evaluate',
          { expression: `process.env.${SWITCH} = '1'` },
          (error, reply) => {
            clearTimeout(timer);
            if (error) reject(error);
            else if (reply.exceptionDetails) reject(new Error(reply.exceptionDetails.text));
            else resolve();
          },
        );
      });
    } finally {
      session.disconnect();
    }
  } catch (cause) {
    throw new Error(
      `ONNX Runtime's telemetry cannot be switched off from this worker thread (${(cause as Error).message}), so ONNX Runtime was not loaded.\n` +
        `What to do:\n  1. Start the process with ${SWITCH}=1 in its environment.\n` +
        `  2. Or set process.env.${SWITCH} = '1' in the main thread before starting the worker.`,
      { cause },
    );
  }
}

/** Bun keeps process.env apart from the environment that native code reads. */
async function setInBun(): Promise<void> {
  // Put together, so that bundlers do not look for it.
  const bunFfi = ['bun', 'ffi'].join(':');
  const { dlopen, ptr } = (await import(bunFfi)) as BunFfi;
  const [library, name] =
    process.platform === 'win32'
      ? (['msvcrt.dll', '_putenv_s'] as const)
      : ([libc(), 'setenv'] as const);
  const args =
    process.platform === 'win32' ? ['cstring', 'cstring'] : ['cstring', 'cstring', 'i32'];
  const { symbols } = dlopen(library, { [name]: { args, returns: 'i32' } });
  const text = (value: string) => ptr(new TextEncoder().encode(`${value}\0`));
  symbols[name]?.(text(SWITCH), text('1'), 1);
}

interface BunFfi {
  dlopen(
    library: string,
    symbols: Record<string, { args: readonly string[]; returns: string }>,
  ): { symbols: Record<string, (...args: number[]) => number> };
  ptr(bytes: Uint8Array): number;
}

function libc(): string {
  return process.platform === 'darwin' ? 'libSystem.B.dylib' : 'libc.so.6';
}
