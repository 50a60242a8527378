import { distanceOf } from '@latentkit/core/runtime';
import {
  createRunner,
  type Device,
  type GraphName,
  type GraphRunner,
  LatentkitError,
  loadGolden,
  loadGraphs,
  type ModelCard,
  type NamedTensors,
  type Precision,
} from '@latentkit/node';
import { readModel, toFloat16, toInt8, writeModel } from '@latentkit/onnx';
import { sharedIndices, toleranceOf } from '../../../packages/core/src/golden/tolerance.ts';
import type { QuestionOf } from '../report/questions.ts';
import type { ParityRow } from '../report/report.ts';
import { type Fed, tile, withValues } from './feeds.ts';

/**
 * Runs every graph of a model on a device, in batches of golden rows, of zeros and of extreme values, and says how far
 * it is from the trainer's values and from what the CPU makes of the same graph.
 */
export async function parity(question: QuestionOf<'parity'>): Promise<ParityRow[]> {
  const { device, model, precision, batches } = question;
  const { card, graphs } = await loadGraphs(model);
  const golden = await loadGolden(model);
  const rows: ParityRow[] = [];
  for (const [name, { inputs, outputs }] of Object.entries(golden.graphs)) {
    const graph = name as GraphName;
    const fp32 = graphs[graph];
    if (!fp32) continue;
    const bytes = inPrecision(fp32, precision);
    const { under, wholly } = await openOn(device, bytes);
    const reference = device === 'cpu' ? undefined : await createRunner(bytes);
    const count = Object.values(outputs)[0]?.dims[0] ?? 1;
    const cases = batches.map((batch) => ({
      batch,
      feeds: tile(inputs, count, batch),
      // Rounding to fewer bits is measured where a model is made, from its own values.
      expected: precision === 'fp32' ? tile(outputs, count, batch) : undefined,
    }));
    const compared = await compare(graph, under, reference, cases, { card, device, precision });
    rows.push(...compared.map((row) => ({ ...row, wholly })));
    await Promise.all([under.dispose(), reference?.dispose()]);
  }
  return rows;
}

/** As the library does: every node on the device, or, where it lacks some, those on the CPU. */
async function openOn(
  device: Device,
  bytes: Uint8Array,
): Promise<{ readonly under: GraphRunner; readonly wholly: boolean }> {
  try {
    return { under: await createRunner(bytes, { device }), wholly: true };
  } catch (error) {
    if (!LatentkitError.isInstance(error) || error.code !== 'device-unavailable') throw error;
    return { under: await createRunner(bytes, { device, wholly: false }), wholly: false };
  }
}

interface Case {
  readonly batch: number;
  readonly feeds: NamedTensors;
  /** What the trainer made of it. */
  readonly expected: NamedTensors | undefined;
}

type Limits = Pick<QuestionOf<'parity'>, 'device' | 'precision'> & { readonly card: ModelCard };

/** The worst of each output over the batches. */
export async function compare(
  graph: string,
  under: GraphRunner,
  reference: GraphRunner | undefined,
  cases: readonly Case[],
  limits: Limits,
): Promise<ParityRow[]> {
  const worst = new Map<string, ParityRow>();
  const note = (batch: number, fed: Fed, against: ParityRow['against']) => {
    return (received: NamedTensors, expected: NamedTensors) => {
      for (const [output, tensor] of Object.entries(expected)) {
        const { scaled } = distanceOf(received[output], tensor);
        const off = Number.isFinite(scaled) ? scaled : null;
        const key = `${output} ${fed} ${against}`;
        const before = worst.get(key);
        if (before && (before.off === null || (off !== null && off <= before.off))) continue;
        const limit = limitOf(tensor.dtype, limits);
        worst.set(key, { graph, output, fed, against, off, batch, limit });
      }
    };
  };
  for (const { batch, feeds, expected } of cases) {
    const received = await under.run(feeds);
    if (expected) note(batch, 'golden', 'trainer')(received, expected);
    if (!reference) continue;
    note(batch, 'golden', 'cpu')(received, await reference.run(feeds));
    for (const fed of ['zeros', 'extremes'] as const) {
      const given = withValues(feeds, fed, limits.card.item.range);
      note(batch, fed, 'cpu')(await under.run(given), await reference.run(given));
    }
  }
  return [...worst.values()];
}

function limitOf(dtype: string, { card, device, precision }: Limits): number {
  return dtype === 'float32'
    ? toleranceOf(card.tolerance, device, precision)
    : sharedIndices(device, precision);
}

function inPrecision(bytes: Uint8Array, precision: Precision): Uint8Array {
  if (precision === 'fp32') return bytes;
  const make = precision === 'fp16' ? toFloat16 : toInt8;
  return writeModel(make(readModel(bytes)).model);
}
