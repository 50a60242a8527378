import { cpus, totalmem } from 'node:os';

/** The machine in one line. */
export function machine(): string {
  const all = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown processor'}, ${memory} GiB, ${process.platform}, Node ${process.version}`;
}
