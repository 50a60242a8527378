import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportTables } from '../devices/report/page.ts';
import type { DevicesReport } from '../devices/report/report.ts';

/** The page of what was tried on which devices, a section a machine. */
export function devicesPage(folder: string): string {
  const reports = (existsSync(folder) ? readdirSync(folder) : [])
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as DevicesReport);
  return [
    '<!-- Written by `npm run docs` from the reports in docs/devices. -->',
    '',
    '# Models on GPUs',
    '',
    "Every model of this repository on every device of a machine, in the library's own precisions: each graph beside what the",
    'trainer recorded and beside the CPU, in batches of several sizes, of ordinary, zero and extreme values; streams, worker',
    'threads, calls at a time, aborted ones; memory over many sessions; and how long it takes, beside the CPU and, where it',
    'was there, PyTorch with the same weights, pinned memory and no TF32. "Encoder in one run" gives the graph all rows at',
    'once; `embed` and `decode` cut a call into pieces of some milliseconds, which an abort and the event loop wait for.',
    '',
    'Extreme values of latents are 20 standard deviations out. In fp16 a model may leave the range of halves there (65,504),',
    'which no GPU mends: the CPU has that range too, but computes in float32 between the nodes that it has no halves for.',
    '',
    'The same on a machine of your own, from a clone of this repository:',
    '',
    '```sh',
    'npm ci && npm run check:devices                       # all devices that open',
    'npm run check:devices -- --devices webgpu --torch python3 --out report.json',
    '```',
    '',
    'It ends with code 1 if a device computes wrongly, leaks, crashes, or was asked for and does not open. `-- --record NAME`',
    'keeps the report in `docs/devices`, and `npm run docs` writes this page from all of them.',
    '',
    ...(reports.length === 0 ? ['No machine has been recorded yet.', ''] : []),
    ...reports.flatMap((report) => reportTables(report)),
  ].join('\n');
}
