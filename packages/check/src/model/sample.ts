import { centre, createRandom, type Latent, type Precision, type Tensor } from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';
import type { ModelUnderCheck } from './model-under-check.ts';

/** Items of the sample. */
export const SAMPLE_ITEMS = 64;

/** What a model makes of the sample. */
export interface SampleResults {
  /** Of the whole sample. */
  readonly latent: Latent;
  /** Of the whole sample, [items, latent size] */
  readonly embeddings: Tensor<'float32'>;
  /** Mean squared error an element of the decoded embeddings of the ordinary items; undefined without a decoder. */
  readonly reconstruction: number | undefined;
  /** The same of each item and what is decoded of the others' embeddings; undefined without a decoder, or another item. */
  readonly others: number | undefined;
  /** Mean squared error an element of those items' mean: what a decoder that knows nothing comes to. */
  readonly variance: number;
  /** KL of each item of the sample from the prior in nats, or its one-sample estimate; undefined where the latent has none. */
  readonly kl: Float64Array | undefined;
}

interface Sample {
  /** [items, item size]: the ordinary golden items, then mixtures of them. */
  readonly items: Float32Array;
  readonly ordinary: number;
  readonly size: number;
}

/**
 * The sample that quality is measured on: the golden items that are no extremes, and seeded mixtures of
 * two of them each, so that nothing but the golden values must be kept with a model, and what they find
 * can be repeated anywhere.
 */
async function makeSample(model: ModelUnderCheck): Promise<Sample | undefined> {
  const x = (await model.golden())?.encoder?.inputs['x'];
  if (x?.dtype !== 'float32') return undefined;
  const rows = x.dims[0] ?? 0;
  const size = x.data.length / rows;
  const golden = Array.from({ length: rows }, (_, row) =>
    x.data.subarray(row * size, (row + 1) * size),
  );
  const ordinary = golden.filter((item) => item.some((value) => value !== item[0]));
  if (ordinary.length === 0) return undefined;
  const random = createRandom(0, 'check sample');
  const draw = () => ordinary[random.integer(ordinary.length)] as Float32Array;
  const items = new Float32Array(SAMPLE_ITEMS * size);
  for (let item = 0; item < SAMPLE_ITEMS; item++) {
    const a = ordinary[item] ?? draw();
    const b = draw();
    const share = item < ordinary.length ? 0 : random.uniform();
    for (let i = 0; i < size; i++) {
      items[item * size + i] = (1 - share) * (a[i] as number) + share * (b[i] as number);
    }
  }
  return { items, ordinary: Math.min(ordinary.length, SAMPLE_ITEMS), size };
}

/** Runs the sample through the model in one precision; undefined where there are no golden items. */
export function sampleResults(
  model: ModelUnderCheck,
  precision: Precision = 'fp32',
): Promise<SampleResults | undefined> {
  return model.once(`sample ${precision}`, async () => {
    const sample = await makeSample(model);
    if (!sample) return undefined;
    const { items, ordinary, size } = sample;
    const { condition, latent: kind } = await model.card();
    const definition = definitionOf(kind);
    const { encoder, whole } = await model.loaded(precision);
    const options = await conditionOptions(model, condition?.labels.length);
    const latent = await encoder.encode(items, options);
    const mean = (await whole?.decoder.decode(latent, options))?.mean.data;
    const scored = await whole?.score(items, { ...options, seed: 0 });
    const given = items.subarray(0, ordinary * size);
    return {
      latent,
      embeddings: centre(latent),
      reconstruction: mean && meanSquare(given, (i) => mean[i] as number),
      others: mean && othersSquare(given, mean, size),
      variance: meanSquare(given, meanItem(given, size)),
      kl: scored?.kl ?? (definition.exactKl ? definition.draw(latent, { seed: 0 }).kl : undefined),
    };
  });
}

/** The labels of the golden items, which mixtures take by turns. */
async function conditionOptions(model: ModelUnderCheck, labels: number | undefined) {
  if (labels === undefined) return {};
  const y = (await model.golden())?.encoder?.inputs['y'];
  const rows = y?.dims[0] ?? 1;
  const condition = Array.from({ length: SAMPLE_ITEMS }, (_, item) => {
    const row = y?.data.slice((item % rows) * labels, ((item % rows) + 1) * labels) as
      | Float32Array
      | undefined;
    return Math.max(0, row?.indexOf(1) ?? 0);
  });
  return { condition };
}

function meanSquare(items: Float32Array, other: (index: number) => number): number {
  let sum = 0;
  for (let i = 0; i < items.length; i++) sum += ((items[i] as number) - other(i)) ** 2;
  return sum / items.length;
}

/** Mean squared difference an element of items and what belongs to other items, over all pairs. */
function othersSquare(
  items: Float32Array,
  decoded: Float32Array,
  size: number,
): number | undefined {
  const rows = items.length / size;
  let sum = 0;
  for (let other = 1; other < rows; other++) {
    sum += meanSquare(items, (i) => decoded[(i + other * size) % items.length] as number);
  }
  return rows > 1 ? sum / (rows - 1) : undefined;
}

function meanItem(items: Float32Array, size: number): (index: number) => number {
  const mean = new Float64Array(size);
  for (let i = 0; i < items.length; i++) {
    (mean[i % size] as number) += (items[i] as number) / (items.length / size);
  }
  return (index) => mean[index % size] as number;
}
