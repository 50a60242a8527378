import { distanceOf } from '@latentkit/core/runtime';
import {
  AbortedError,
  type Autoencoder,
  DisposedError,
  loadAutoencoder,
  sizeOf,
  type Tensor,
  tensor,
} from '@latentkit/node';
import { toleranceOf } from '../../../packages/core/src/golden/tolerance.ts';
import type { QuestionOf } from '../report/questions.ts';
import type { Off, Use } from '../report/report.ts';
import { ordinaryItems } from './feeds.ts';

/** Neither a batch of a stream nor a chunk of it divides it. */
const ITEMS = 300;
const CHUNK = 70;
const BATCH = 64;
const CALLS = 8;
/** Enough that a run is under way when it is aborted. */
const MANY = 20_000;

/** What programs do with a model, on a device, beside the embeddings that the CPU makes. */
export async function uses({ device, model }: QuestionOf<'uses'>): Promise<Use[]> {
  await using cpu = await loadAutoencoder(model, { device: 'cpu' });
  const { card } = cpu;
  const size = sizeOf(card.item.shape);
  const items = ordinaryItems(ITEMS, size);
  const condition = card.condition?.labels[0];
  const expected = await cpu.encoder.embed(items, { condition });
  const limit = toleranceOf(card.tolerance, device, 'fp32');
  const found: Use[] = [];
  const note = (name: string, off: Off, says: string) => found.push({ name, off, limit, says });
  const asExpected = (name: string, received: Tensor, says: string, wanted: Tensor = expected) =>
    note(name, offOf(received, wanted), says);

  for (const execution of ['inline', 'worker'] as const) {
    const vae = await loadAutoencoder(model, { device, execution });
    const { encoder } = vae;
    asExpected(`${execution}: embed`, await encoder.embed(items, { condition }), `${ITEMS} items`);
    asExpected(
      `${execution}: stream`,
      await streamed(vae, items, condition),
      `batches of ${BATCH}`,
    );
    const calls = await Promise.all(
      Array.from({ length: CALLS }, () => encoder.embed(items, { condition })),
    );
    for (const call of calls) asExpected(`${execution}: ${CALLS} calls at a time`, call, 'as one');
    const { mean } = await vae.reconstruct(items, { condition });
    const onCpu = (await cpu.reconstruct(items, { condition })).mean;
    asExpected(`${execution}: reconstruct`, mean, 'both graphs, one after the other', onCpu);
    const [aborted, milliseconds] = await abort(vae, ordinaryItems(MANY, size), condition);
    note(`${execution}: abort`, aborted ? 0 : null, `rejected ${milliseconds.toFixed(0)} ms after`);
    asExpected(`${execution}: after it`, await encoder.embed(items, { condition }), 'as before');
    await vae.dispose();
    const after = await encoder.embed(items, { condition }).catch((error: unknown) => error);
    note(`${execution}: closed`, DisposedError.isInstance(after) ? 0 : null, 'refuses calls');
  }
  return found;
}

export function offOf(received: Tensor, expected: Tensor): Off {
  const { scaled } = distanceOf(received, expected);
  return Number.isFinite(scaled) ? scaled : null;
}

async function streamed(
  { encoder, card }: Autoencoder,
  items: Float32Array,
  condition: string | undefined,
): Promise<Tensor<'float32'>> {
  const size = sizeOf(card.item.shape);
  const chunks = Array.from({ length: Math.ceil(ITEMS / CHUNK) }, (_, i) =>
    items.subarray(i * CHUNK * size, (i + 1) * CHUNK * size),
  );
  const whole = new Float32Array(ITEMS * card.latent.size);
  let at = 0;
  for await (const { data } of encoder.stream(chunks, { batchSize: BATCH, condition })) {
    whole.set(data, at);
    at += data.length;
  }
  return tensor(whole, [at / card.latent.size, card.latent.size]);
}

/** Whether a call that is aborted rejects as aborted, and how long after. */
async function abort(
  { encoder }: Autoencoder,
  items: Float32Array,
  condition: string | undefined,
): Promise<[aborted: boolean, milliseconds: number]> {
  const controller = new AbortController();
  const running = encoder
    .embed(items, { condition, signal: controller.signal })
    .catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 1));
  const start = performance.now();
  controller.abort();
  const aborted = AbortedError.isInstance(await running);
  return [aborted, performance.now() - start];
}
