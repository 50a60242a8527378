import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { join } from 'node:path';
import { type DeviceAttempt, DeviceError } from '@latentkit/core';
import {
  disposeAll,
  endsSearch,
  type GraphBytes,
  type OpenedGraphs,
} from '@latentkit/core/runtime';
import { findGpu, seal, unseal, writeFileWhole } from '@latentkit/system';
import { type Device, missingSupport } from '../ort/devices.ts';
import { loadOrt } from '../ort/load-ort.ts';
import { measure } from './trial-run.ts';

type Runners = OpenedGraphs['runners'];

export interface AutoOptions {
  readonly cacheDir: string;
  /** Opens all graphs on a device. */
  open(device: Device): Promise<Runners>;
  /**
   * Tries whether a device computes rightly, and says what its report tells of that.
   *
   * @throws DeviceError
   */
  test(device: Device, runners: Runners): Promise<string>;
}

interface Choice {
  readonly runners: Runners;
  /** The device that was chosen comes last. */
  readonly attempts: readonly DeviceAttempt[];
}

/** Looked at in this order, where the machine may have them. */
const ACCELERATORS = ['cuda', 'directml', 'coreml', 'webgpu'] as const;

/** The batch that is measured: large enough for a device to show what it can, small enough to be quick. */
const BATCH = 64;

/** A model that the CPU runs in less, in milliseconds for {@link BATCH} items, stays there unmeasured elsewhere. */
const SMALL = 5;

/** How much faster a device must be than the CPU: transfers and launches vary more than a CPU's run. */
const MARGIN = 1.3;

/**
 * Chooses a device by measuring: a batch of 64 on the CPU and, if that takes 5 ms or more, on every
 * accelerator that can be opened. The choice is kept for this model and machine.
 */
export async function openOnFastest(
  graphs: GraphBytes,
  { cacheDir, open, test }: AutoOptions,
): Promise<Choice> {
  const { present, passedOver } = await lookAround();
  if (present.length === 0) {
    const cpu = { device: 'cpu', ok: true, reason: 'opened; there is no other device' };
    return tested({ runners: await open('cpu'), attempts: [...passedOver, cpu] }, test);
  }
  const memory = join(cacheDir, 'devices', `${await keyOf(graphs, present)}.json`);
  const remembered = await recall(memory, present);
  if (remembered) {
    try {
      const runners = await open(remembered.device);
      const reason = `opened; measured as the fastest before: ${remembered.reason}`;
      const attempts = [...passedOver, { ...remembered, ok: true, reason }];
      return await tested({ runners, attempts }, test);
    } catch (error) {
      if (endsSearch(error)) throw error;
      // A driver that has changed since: measure anew.
    }
  }
  const choice = await fastestOf(present, { open, test });
  const chosen = choice.attempts.at(-1) as DeviceAttempt;
  // A folder that cannot be written only means measuring again.
  await writeFileWhole(memory, seal({ ...chosen }), { makeFolders: true }).catch(() => {});
  return tested({ runners: choice.runners, attempts: [...passedOver, ...choice.attempts] }, test);
}

/** Has the device that was chosen tested, and its report tell it. */
async function tested({ runners, attempts }: Choice, test: AutoOptions['test']): Promise<Choice> {
  const chosen = attempts.at(-1) as DeviceAttempt;
  const others = attempts.slice(0, -1);
  const device = chosen.device as Device;
  try {
    const reason = `${chosen.reason}${await test(device, runners)}`;
    return { runners, attempts: [...others, { ...chosen, reason }] };
  } catch (error) {
    await disposeAll(runners);
    if (endsSearch(error)) throw error;
    const all = [...others, ...DeviceError.attemptsOf(device, error as Error)];
    throw new DeviceError('No device could run the model.', all);
  }
}

async function lookAround(): Promise<{ present: Device[]; passedOver: DeviceAttempt[] }> {
  const [{ any: gpu }, ...lacks] = await Promise.all([
    findGpu(),
    ...ACCELERATORS.map(missingSupport),
  ]);
  const present: Device[] = [];
  const passedOver: DeviceAttempt[] = [];
  for (const [index, device] of ACCELERATORS.entries()) {
    const missing = lacks[index];
    // What this platform cannot have is no news; what it could have and has not, is.
    if (missing?.includes('built without')) continue;
    if (missing === undefined && gpu) present.push(device);
    else {
      const reason = `passed over: ${missing ?? 'no GPU was found on this machine'}`;
      passedOver.push({ device, ok: false, reason });
    }
  }
  return { present, passedOver };
}

/**
 * Measures the CPU against the devices that may be present, and keeps the fastest open of those that compute
 * rightly; the CPU itself is not tested.
 */
export async function fastestOf(
  present: readonly Device[],
  { open, test }: Pick<AutoOptions, 'open' | 'test'>,
): Promise<Choice> {
  let best: Device = 'cpu';
  let runners = await open('cpu');
  const attempts: DeviceAttempt[] = [];
  try {
    const onCpu = await measure(runners, BATCH);
    if (onCpu < SMALL) {
      const reason = `opened; ${took(onCpu)}: too little work to gain from another device`;
      return { runners, attempts: [{ device: 'cpu', ok: true, reason }] };
    }
    let fastest = onCpu;
    for (const device of present) {
      try {
        const candidate = await open(device);
        const atMost = best === 'cpu' ? onCpu / MARGIN : fastest;
        const [elapsed, wins] = await race(device, candidate, { atMost, test });
        if (wins) {
          attempts.push({ device: best, ok: false, reason: `passed over: ${took(fastest)}` });
          await disposeAll(runners);
          [best, runners, fastest] = [device, candidate, elapsed];
        } else {
          attempts.push({ device, ok: false, reason: `passed over: ${took(elapsed)}` });
          await disposeAll(candidate);
        }
      } catch (error) {
        if (endsSearch(error)) throw error;
        attempts.push(...DeviceError.attemptsOf(device, error as Error));
      }
    }
    attempts.push({ device: best, ok: true, reason: `opened; the fastest: ${took(fastest)}` });
    return { runners, attempts };
  } catch (error) {
    await disposeAll(runners);
    throw error;
  }
}

/** Measures a candidate, which wins if it is fast enough and computes rightly; frees it where it fails. */
async function race(
  device: Device,
  candidate: Runners,
  { atMost, test }: { readonly atMost: number } & Pick<AutoOptions, 'test'>,
): Promise<[elapsed: number, wins: boolean]> {
  try {
    const elapsed = await measure(candidate, BATCH);
    const wins = elapsed < atMost;
    if (wins) await test(device, candidate);
    return [elapsed, wins];
  } catch (error) {
    await disposeAll(candidate);
    throw error;
  }
}

const took = (ms: number) => `${BATCH} items take ${ms.toPrecision(2)} ms`;

/** A key of the model, the machine and the runtime: what the choice depends on. */
async function keyOf(graphs: GraphBytes, present: readonly Device[]): Promise<string> {
  const { env } = await loadOrt();
  const hash = createHash('sha256');
  const machine = [platform(), arch(), cpus()[0]?.model, availableParallelism(), present];
  hash.update(JSON.stringify([machine, env.versions.node]));
  for (const bytes of Object.values(graphs)) hash.update(bytes);
  return hash.digest('hex');
}

async function recall(
  memory: string,
  present: readonly Device[],
): Promise<{ device: Device; reason: string } | undefined> {
  const text = await readFile(memory, 'utf8').catch(() => '');
  const { device, reason } = (unseal(text) ?? {}) as { device?: Device; reason?: string };
  if (device === undefined || reason === undefined) return undefined;
  return device === 'cpu' || present.includes(device) ? { device, reason } : undefined;
}
