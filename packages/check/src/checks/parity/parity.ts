import { LatentkitError, type Precision } from '@latentkit/core';
import { distanceOf, OTHER_INDICES } from '@latentkit/core/runtime';
import { type Check, type CheckId, type CheckResult, error, type Finding } from '../../check.ts';
import { CONFIG_FILE } from '../../config/config.ts';
import { STANDARD_DEVICES } from '../../config/settings.ts';
import type { CheckDevice } from '../../devices/devices.ts';
import type { ModelUnderCheck } from '../../model/model-under-check.ts';
import { short } from '../../numbers/format.ts';
import { toleranceOf } from './tolerance.ts';

const NEEDS: readonly CheckId[] = ['golden/shapes', 'graph/strict', 'graph/shape'];

const REMEDY =
  'Where the graph was meant to change, export or adopt the model again, which makes golden values of it; else compare it with the last good one: latentkit diff.';

/** A precision may be off by more than its card says, as processors and batches differ: by so many times, and a little. */
const LENIENCE = 2;
const ROUNDING = 1e-4;

/** Golden parity of fp32 on one device. */
function onDevice(device: CheckDevice, summary: string): Check {
  return {
    id: `parity/${device}`,
    summary,
    remedy: REMEDY,
    needs: NEEDS,
    async run(model) {
      const { devices } = model.settings;
      const among: readonly CheckDevice[] = devices ?? STANDARD_DEVICES;
      if (!among.includes(device))
        return { skipped: `${device} is not among the devices (--devices)` };
      const result = await compare(model, 'fp32', device);
      // What nobody asked for is compared where it can be; what was asked for, and was not compared, did not pass.
      return result.skipped !== undefined && devices ? cannotRun(device, result.skipped) : result;
    },
  };
}

/** Golden parity of another precision, on the CPU, against what fp32 should give. */
function inPrecision(precision: Exclude<Precision, 'fp32'>): Check {
  return {
    id: `parity/${precision}`,
    summary: `the ${precision} graphs give the golden outputs within their tolerance, and are as far off as the card says`,
    remedy: `Export without ${precision}, or keep in float32 what it ruins (toFloat16 and toInt8 have a list for it).`,
    needs: NEEDS,
    async run(model) {
      const offered = (await model.graphs(precision)).length > 0;
      return offered
        ? compare(model, precision, 'cpu')
        : { skipped: `no graph is on offer in ${precision}` };
    },
  };
}

export const PARITY_CHECKS: readonly Check[] = [
  onDevice('cpu', 'ONNX Runtime’s CPU gives the golden outputs'),
  onDevice('cpu-plain', 'ONNX Runtime’s CPU without graph optimisation gives the golden outputs'),
  onDevice('wasm', 'ONNX Runtime’s WebAssembly gives the golden outputs'),
  onDevice('webgpu', 'WebGPU gives the golden outputs'),
  onDevice('chromium', 'WebAssembly in Chromium gives the golden outputs'),
  onDevice('chromium-webgpu', 'WebGPU in Chromium gives the golden outputs'),
  inPrecision('fp16'),
  inPrecision('int8'),
];

async function compare(
  model: ModelUnderCheck,
  precision: Precision,
  device: CheckDevice,
): Promise<CheckResult> {
  const golden = await model.golden();
  const where = precision === 'fp32' ? device : precision;
  const limit = await toleranceOf(model, where);
  const findings: Finding[] = [];
  const measured: Record<string, number> = {};
  const card = await model.card();
  for (const { graph, file } of await model.graphs(precision)) {
    const stated = precision === 'fp32' ? undefined : card.graphs[graph]?.files[precision]?.error;
    let worst = 0;
    const rows = golden?.[graph];
    if (!rows) continue;
    let outputs: Awaited<ReturnType<typeof model.goldenOutputs>>;
    try {
      outputs = await model.goldenOutputs(file, graph, device);
    } catch (problem) {
      if (isAbsent(problem)) return { skipped: problem.message };
      findings.push(error(`${where}: ${(problem as Error).message}`, file));
      continue;
    }
    for (const [name, expected] of Object.entries(rows.outputs)) {
      const { scaled, row } = distanceOf(outputs[name], expected);
      const most = expected.dtype === 'float32' ? limit : (OTHER_INDICES[where] ?? 0);
      measured[`${graph} ${name}`] = scaled;
      if (expected.dtype === 'float32') worst = Math.max(worst, scaled);
      if (!(scaled <= most)) {
        const message = `${where}: '${name}' is off by ${short(scaled)} (row ${row}); at most ${short(most)} was expected`;
        findings.push(error(message, file));
      }
    }
    if (stated !== undefined && worst > LENIENCE * stated + ROUNDING) {
      const message = `${where}: off by ${short(worst)}, where the card says ${short(stated)}`;
      findings.push(error(message, file));
    }
  }
  return { findings, measured };
}

function cannotRun(device: CheckDevice, why: string): CheckResult {
  return {
    findings: [error(`${device} was asked for, and cannot run here: ${why}`)],
    remedy: `Install what ${device} needs, or leave it out of the devices (--devices, or devices in ${CONFIG_FILE}).`,
  };
}

/** A machine without the device, or without the library for it, says nothing about the model. */
function isAbsent(problem: unknown): problem is LatentkitError {
  return (
    LatentkitError.isInstance(problem) &&
    (problem.code === 'missing-dependency' || problem.code === 'device-unavailable')
  );
}
