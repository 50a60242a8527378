/**
 * Tries every model on every device of this machine, beside the trainer's values and the CPU, and times them:
 *
 *     npm run check:devices                               all devices that open here
 *     npm run check:devices -- --devices cpu,webgpu --models mnist-vae,strokes-ae
 *     npm run check:devices -- --torch python3            beside PyTorch on CUDA (--torch-device cpu: on the CPU)
 *     npm run check:devices -- --record NAME              keeps the report as docs/devices/NAME.json; then npm run docs
 *
 * Each question is asked in a process of its own. `--out FILE` has the report from the first answer on, and `--within`
 * says after how many seconds no further question is asked. The exit code is 1 if there is a fault, or a device that was
 * asked for does not open.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Device } from '@latentkit/node';
import { machine } from '../../bench/src/machine.ts';
import { mlpEncoder } from '../../bench/src/networks/mlp-encoder.ts';
import { resnetEncoder } from '../../bench/src/networks/resnet-encoder.ts';
import { writeEncoder } from '../../bench/src/networks/write-encoder.ts';
import { gpuName } from './answers/gpu.ts';
import { Asker } from './asker.ts';
import { runCommand } from './command.ts';
import { timePeer } from './peer.ts';
import { faultsOf } from './report/judge.ts';
import { reportTables } from './report/page.ts';
import { DEVICES } from './report/questions.ts';
import type { CommandRun, DevicesReport, Peer } from './report/report.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MODELS = join(ROOT, 'models');

const { values } = parseArgs({
  options: {
    devices: { type: 'string' },
    models: { type: 'string' },
    batches: { type: 'string', default: '1,2,7,64,1000' },
    'speed-batches': { type: 'string', default: '1,64,1024,8192' },
    rounds: { type: 'string', default: '7' },
    sessions: { type: 'string', default: '20' },
    jobs: { type: 'string', default: '1' },
    limit: { type: 'string', default: '300' },
    within: { type: 'string', default: '7200' },
    torch: { type: 'string' },
    'torch-device': { type: 'string', default: 'cuda' },
    side: { type: 'string', default: '32' },
    out: { type: 'string' },
    record: { type: 'string' },
  },
});
const numbers = (text: string) => text.split(',').map(Number);
const names = values.models?.split(',') ?? (await readdir(MODELS)).sort();
const models = names.map((name) => join(MODELS, name));
const [rounds, jobs, times] = [values.rounds, values.jobs, values.sessions].map(Number) as [
  number,
  number,
  number,
];
const speedBatches = numbers(values['speed-batches']);
const asked = values.devices?.split(',') as readonly Device[] | undefined;

const asker = new Asker({
  limit: 1000 * Number(values.limit),
  until: performance.now() + 1000 * Number(values.within),
  onAnswer: save,
});
const gpu = await gpuName();
const commands: CommandRun[] = [];
const peers: Peer[] = [];
const absent: Record<string, string> = {};
const scratch = await mkdtemp(join(tmpdir(), 'latentkit-devices-'));
try {
  await tryAll();
} finally {
  await rm(scratch, { recursive: true });
}
save();
const report = reportNow();
console.log(reportTables(report).join('\n'));
const faults = faultsOf(report);
const closed = (asked ?? []).filter((device) => !openDevices().includes(device));
for (const fault of faults) console.error(`fault: ${fault}`);
for (const device of closed) console.error(`fault: ${device} does not open here`);
if (values.record !== undefined) {
  writeReport(join(ROOT, 'docs/devices', `${values.record}.json`));
}
if (faults.length + closed.length > 0) process.exitCode = 1;

async function tryAll(): Promise<void> {
  const [first] = models as [string];
  await asker.askAll(
    jobs,
    (asked ?? DEVICES).map((device) => ({ ask: 'open', device, model: first })),
  );
  const devices = openDevices();
  const everywhere = devices.flatMap((device) => models.map((model) => ({ device, model })));
  const parity = { ask: 'parity', batches: numbers(values.batches) } as const;
  await asker.askAll(
    jobs,
    everywhere.map((where) => ({ ...parity, ...where, precision: 'fp32' })),
  );
  const encoders: string[] = [];
  for (const shape of [mlpEncoder(Number(values.side)), resnetEncoder(Number(values.side))]) {
    const folder = join(scratch, `${shape.name}-${values.side}`);
    await writeEncoder(folder, shape);
    encoders.push(folder);
  }
  // Alone on the machine, as what is timed and what is weighed must be.
  const timed = devices.flatMap((device) =>
    [first, ...encoders].map((model) => ({ device, model, batches: speedBatches, rounds })),
  );
  await asker.askAll(
    1,
    timed.map((each) => ({ ask: 'speed', ...each })),
  );
  if (values.torch !== undefined) {
    for (const model of encoders) {
      const options = { python: values.torch, device: values['torch-device'], rounds };
      const timed = await timePeer(model, speedBatches, options);
      if ('absent' in timed) absent['PyTorch'] = timed.absent;
      else peers.push(timed);
      save();
    }
  }
  await asker.askAll(
    1,
    devices.map((device) => ({ ask: 'memory', device, model: first, times })),
  );
  // It times as well.
  await asker.askAll(
    1,
    [...models, ...encoders].map((model) => ({ ask: 'auto', model })),
  );
  await asker.askAll(
    jobs,
    everywhere.map((where) => ({ ask: 'uses', ...where })),
  );
  const checked = devices.filter((device) => device === 'cpu' || device === 'webgpu');
  const check = ['check', `models/${basename(first)}`, '--devices', checked.join()];
  for (const args of [['doctor'], check]) {
    commands.push(await runCommand(args, { root: ROOT, limit: 1000 * Number(values.limit) }));
    save();
  }
  // Rounded otherwise than the trainer's values, they are compared with the CPU, which has nothing to be compared with.
  const beside = everywhere.filter(({ device }) => device !== 'cpu');
  for (const precision of ['fp16', 'int8'] as const) {
    await asker.askAll(
      jobs,
      beside.map((where) => ({ ...parity, ...where, precision })),
    );
  }
}

function openDevices(): Device[] {
  return asker.findings.open
    .filter(({ answer }) => answer?.at(-1)?.ok)
    .map(({ question }) => question.device);
}

function reportNow(): DevicesReport {
  return {
    ...{ date: new Date().toISOString().slice(0, 10), machine: machine(), gpu },
    ...{ findings: asker.findings, commands, peers, absent, notAsked: asker.notAsked },
  };
}

function save(): void {
  if (values.out !== undefined) writeReport(values.out);
}

/** At once and to another name, then renamed: answers come one into the other, and the machine may end before the last. */
function writeReport(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, `${JSON.stringify(reportNow(), null, 1)}\n`);
  renameSync(`${file}.part`, file);
}
