import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { someOf } from '../../../test/setup/tier.ts';
import { checkModels, recordModels } from './check-models.ts';
import { CHECKS } from './checks/table.ts';
import type { GivenSettings } from './config/settings.ts';
import { RECORD_FILE } from './model/record.ts';
import type { Outcome } from './report.ts';
import { FAULTS, type Fault } from './testing/faults.ts';
import {
  computeGolden,
  graphBytes,
  type Parts,
  soundParts,
  writeParts,
} from './testing/sound-model.ts';

/** WebAssembly takes a process of its own, which the faults that are about it ask for. */
const QUICK: GivenSettings = { devices: ['cpu', 'cpu-plain'] };

let root: string;
/** Of the sound model, without and with labels. */
const golden = new Map<boolean, Uint8Array>();
const records = new Map<boolean, string>();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-check-'));
  for (const labels of [false, true]) {
    golden.set(labels, await computeGolden(soundParts({ labels })));
    const folder = join(root, `sound-${labels}`);
    await writeModel(folder, soundParts({ labels }), golden.get(labels) as Uint8Array);
    const { passed } = await recordModels([folder], { settings: QUICK });
    expect(passed).toBe(true);
    records.set(labels, await readFile(join(folder, RECORD_FILE), 'utf8'));
  }
});

afterAll(() => rm(root, { recursive: true, force: true }));

async function writeModel(
  folder: string,
  parts: Parts,
  goldenValues: Uint8Array,
  fault?: Fault,
): Promise<void> {
  const files = graphBytes(parts);
  files.set(parts.card.golden?.file ?? 'golden.unnamed', goldenValues);
  if (!parts.card.golden) files.delete('golden.unnamed');
  fault?.bytes?.(files);
  await writeParts(folder, { card: parts.card, files });
  await fault?.after?.(folder, files);
}

async function outcomesWith(fault: Fault, index: number): Promise<Map<string, Outcome>> {
  const { labels = false } = fault;
  const parts = soundParts({ labels });
  fault.spoil?.(parts);
  const folder = join(root, `fault-${index}`, 'model');
  const values = fault.golden ? await computeGolden(parts) : (golden.get(labels) as Uint8Array);
  await writeModel(folder, parts, values, fault);
  const record = JSON.parse(records.get(labels) as string);
  fault.record?.(record);
  await writeFile(join(folder, RECORD_FILE), JSON.stringify(record));
  const { models } = await checkModels([folder], {
    settings: { ...QUICK, ...fault.settings },
    exportRun: fault.exportRun,
  });
  return new Map(models[0]?.outcomes.map((outcome) => [outcome.check, outcome]));
}

describe('a sound model', () => {
  test.each([false, true])('passes every check (labels: %s)', async (labels) => {
    const { models } = await checkModels([join(root, `sound-${labels}`)], {
      settings: { bytes: 1_000_000, latency: 1000, slowdown: 1000 },
    });
    const told = models.flatMap(({ outcomes }) =>
      outcomes.filter(({ findings }) => findings.length > 0),
    );
    expect(told).toEqual([]);
    const skipped = models[0]?.outcomes.filter(({ status }) => status === 'skipped') ?? [];
    expect(skipped.map(({ check }) => check)).toEqual([
      ...(labels ? [] : ['card/labels']),
      'export/same-bytes',
      'parity/webgpu',
      'parity/chromium',
      'parity/chromium-webgpu',
    ]);
    expect(models[0]?.passed).toBe(true);
  });
});

test('a sound model passes in the WebAssembly and the WebGPU of a browser', async () => {
  const { models } = await checkModels([join(root, 'sound-false')], {
    settings: { devices: ['chromium', 'chromium-webgpu'] },
    only: ['parity/chromium', 'parity/chromium-webgpu'],
  });
  const found = models[0]?.outcomes.filter(({ check }) => check.startsWith('parity/chromium'));
  expect(found?.map(({ status }) => status)).toEqual(['passed', 'passed']);
});

describe('a fault is caught by name:', () => {
  const all = FAULTS.map((fault, index) => ({ ...fault, fault, index }));
  // A GPU in software takes half a minute; that it is asked, and answers, the sound model shows.
  test.each(someOf('faults', all, ({ check }) => check !== 'parity/chromium-webgpu'))(
    '$check: $name',
    async ({ fault, index }) => {
      const outcome = (await outcomesWith(fault, index)).get(fault.check);
      expect({ status: outcome?.status, reason: outcome?.reason }).toEqual({
        status: fault.warns ? 'warned' : 'failed',
        reason: undefined,
      });
      expect(outcome?.findings[0]?.message.length).toBeGreaterThan(10);
      expect(outcome?.findings[0]?.message).not.toContain('cannot run here');
    },
  );

  test('at least 45 of them, and one for every check', () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(45);
    const covered = new Set(FAULTS.map(({ check }) => check));
    // WebGPU is not everywhere: parity.test.ts has its fault, on a device that is made up.
    expect(CHECKS.map(({ id }) => id).filter((id) => !covered.has(id))).toEqual(['parity/webgpu']);
  });
});
