import { readdirSync, readFileSync } from 'node:fs';

const EVERY_MS = 50;

/**
 * Watches the memory of a process and of those that it starts, on Linux.
 *
 * @returns what tells the largest sum of the peaks of those that ran at one time, in bytes
 */
export function watchMemory(pid: number): () => number {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, memoryOf(pid));
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

/** The peak of a process by the kernel's own count, with those of its children; 0 once it has ended. */
function memoryOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const own = 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
    );
    return own + children.reduce((sum, child) => sum + memoryOf(Number(child)), 0);
  } catch {
    // It ended between two looks at it.
    return 0;
  }
}
