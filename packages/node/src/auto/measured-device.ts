import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { join } from 'node:path';
import { type DeviceAttempt, DeviceError } from '@latentkit/core';
import { disposeAll, endsSearch, type GraphBytes } from '@latentkit/core/runtime';
import { seal, unseal, writeFileWhole } from '@latentkit/system';
import type { Device } from '../ort/devices.ts';
import { loadOrt } from '../ort/load-ort.ts';
import {
  type AutoOptions,
  type Choice,
  type Runners,
  type Surroundings,
  tested,
} from './choice.ts';
import { measure } from './trial-run.ts';

/** The batch that is measured: large enough for a device to show what it can, small enough to be quick. */
const BATCH = 64;

/** A model that the CPU runs in less, in milliseconds for {@link BATCH} items, stays there unmeasured elsewhere. */
const SMALL = 5;

/** How much faster a device must be than the CPU: transfers and launches vary more than a CPU's run. */
const MARGIN = 1.3;

/**
 * Opens the graphs on the device that was measured as the fastest before, or measures now and keeps the choice for
 * this model and machine.
 */
export async function openMeasured(
  graphs: GraphBytes,
  { present, passedOver }: Surroundings,
  { cacheDir, open, test }: AutoOptions,
): Promise<Choice> {
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
