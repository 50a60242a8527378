import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '@latentkit/core';
import { watchMemory } from './peak-memory.ts';
import { scriptArgs } from './start-script.ts';

/** What a preparation said at its end, and what it held. */
export interface PreparedOnce {
  readonly sha256: string;
  readonly items: number;
  readonly peakBytes: number;
  readonly seconds: number;
  /** Pictures behind, at each of its reports. */
  readonly reports: readonly number[];
}

type Line = { readonly done: number } | { readonly sha256: string; readonly items: number };

/**
 * Prepares in a process of its own.
 *
 * @param killAt ends it with signal 9, so many milliseconds after so many pictures are behind; while it lists them, with the
 *   first that is behind at the latest
 * @returns what it said before the kill, without an end, if that came first
 */
export async function prepareOnce(
  cache: string,
  folder: string,
  killAt?: { readonly done: number; readonly afterMs: number },
): Promise<Omit<PreparedOnce, 'sha256' | 'items'> & Partial<PreparedOnce>> {
  const began = performance.now();
  const child = spawn(process.execPath, scriptArgs('prepare.ts', cache, folder), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const peak = watchMemory(child.pid as number);
  const ended = once(child, 'exit');
  let due = false;
  const killWhenDue = async (done: number) => {
    if (!killAt || due || done < killAt.done) return;
    due = true;
    await pause(killAt.afterMs);
    child.kill('SIGKILL');
  };
  void killWhenDue(0);
  const reports: number[] = [];
  let end: { sha256: string; items: number } | undefined;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line;
    if ('sha256' in line) end = line;
    else {
      reports.push(line.done);
      if (killAt?.done === 0 && line.done > 0) child.kill('SIGKILL');
      void killWhenDue(line.done);
    }
  }
  const [code] = await ended;
  if (code !== null && code !== 0) throw new Error(`A preparation ended with ${code}.`);
  return { ...end, reports, peakBytes: peak(), seconds: (performance.now() - began) / 1000 };
}

export interface KilledPreparation {
  readonly kills: number;
  readonly sha256: string;
  readonly items: number;
  /** Reports that came twice: what counted before a kill, and was made again after it. */
  readonly madeAgain: number;
  readonly peakBytes: number;
}

/**
 * Prepares by processes that are killed at random moments: one while it lists the pictures, some spread over the work, and one
 * after the last picture, when the file is summed up and put under its name.
 */
export async function killedPreparation(
  cache: string,
  folder: string,
  { pictures, kills, random }: { pictures: number; kills: number; random: Random },
): Promise<KilledPreparation> {
  const reports: number[] = [];
  let [killed, peakBytes] = [0, 0];
  const spread = Array.from({ length: kills }, (_, kill) => ({
    done: Math.floor(((kill + random.uniform()) / kills) * pictures),
    afterMs: 30 * random.uniform(),
  }));
  // Summing up takes about a second for a gigabyte.
  const finishing = { done: pictures, afterMs: (pictures / 80) * random.uniform() };
  const listing = { done: 0, afterMs: 1000 * random.uniform() };
  for (const killAt of [listing, ...spread, finishing, undefined]) {
    const said = await prepareOnce(cache, folder, killAt);
    reports.push(...said.reports);
    peakBytes = Math.max(peakBytes, said.peakBytes);
    const { sha256, items } = said;
    if (sha256 === undefined || items === undefined) killed++;
    else {
      const madeAgain = reports.length - new Set(reports).size;
      return { kills: killed, sha256, items, madeAgain, peakBytes };
    }
  }
  throw new Error('A preparation that nobody killed did not end.');
}
