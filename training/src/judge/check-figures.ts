import type { WholeCard } from '@latentkit/core';
import { checkFlag, checkOptions } from '@latentkit/core/runtime';
import type { Dataset } from '@latentkit/data';
import { loadDataset } from '../data/load-dataset.ts';
import type { DatasetName } from '../settings/choices.ts';
import { evaluate } from './evaluate.ts';
import { measureModel } from './measure.ts';
import type { Metric } from './metric.ts';
import { readCard } from './model-folder.ts';

export interface CheckedFigure {
  readonly name: string;
  /** On the card. */
  readonly stated: number;
  /** From the files; undefined where it was not computed. */
  readonly found: number | undefined;
  readonly verdict: 'agrees' | 'differs' | 'skipped';
  /** Why not `'agrees'`, in words. */
  readonly reason?: string;
}

export interface CheckOptions {
  /** By default the data that the card names. */
  readonly data?: Dataset | undefined;
  /** Whether to compute likelihoods by importance sampling too, which takes minutes; false by default. */
  readonly nll?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Nats that sums on another processor may come to apart. */
const NATS = 0.01;
/** The same for other figures, as a share of them. */
const SHARE = 0.002;

/**
 * Computes every figure on the card of an exported model again, from its files, and compares. A figure
 * under another protocol than this code's is another figure, and differs.
 *
 * @throws as `evaluate` and `measureModel`
 */
export async function checkFigures(
  modelDir: string,
  given: CheckOptions = {},
): Promise<CheckedFigure[]> {
  checkOptions(given);
  const { nll = false, signal, ...options } = given;
  checkFlag('nll', nll);
  const card = await readCard(modelDir);
  const data =
    options.data ?? (await loadDataset({ name: card.provenance.dataset as DatasetName, signal }));
  const found: Metric[] = [...(await evaluate(modelDir, { data, signal })).metrics];
  if (card.graphs.encoder.files.fp16) {
    found.push(...(await evaluate(modelDir, { data, dtype: 'fp16', signal })).metrics);
  }
  const anomaly = card.metrics
    .map(({ name }) => /^anomaly .*class (\d+)$/.exec(name)?.[1])
    .find(Boolean);
  found.push(
    ...(
      await measureModel(modelDir, {
        data,
        signal,
        anomaly: anomaly === undefined ? undefined : Number(anomaly),
      })
    ).metrics,
  );
  const likelihood = card.metrics.find(({ name }) => name === 'NLL');
  if (nll && likelihood) {
    const items = Math.min(likelihood.count, data.test.count);
    found.push(...(await measureModel(modelDir, { data, which: ['nll'], items, signal })).metrics);
  }
  return card.metrics.map((metric) =>
    compare(
      metric,
      found.find(({ name }) => name === metric.name),
      nll,
    ),
  );
}

function compare(
  stated: WholeCard['metrics'][number],
  found: Metric | undefined,
  nll: boolean,
): CheckedFigure {
  const figure = { name: stated.name, stated: stated.value, found: found?.value };
  if (!found) {
    return stated.name === 'NLL' && !nll
      ? { ...figure, verdict: 'skipped', reason: 'takes minutes; ask for it with --nll' }
      : { ...figure, verdict: 'differs', reason: 'nothing computes such a figure from the files' };
  }
  if (found.protocol !== stated.protocol || found.count !== stated.count) {
    return { ...figure, verdict: 'differs', reason: `the protocol is now: ${found.protocol}` };
  }
  const allowed = stated.unit.startsWith('nats') ? NATS : SHARE * Math.abs(stated.value);
  return Math.abs(found.value - stated.value) <= allowed
    ? { ...figure, verdict: 'agrees' }
    : {
        ...figure,
        verdict: 'differs',
        reason: `more than ${Number(allowed.toPrecision(2))} apart`,
      };
}
