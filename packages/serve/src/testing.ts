import { afterEach } from '@jest/globals';
import { tinyModel } from '../../../test/fixtures/tiny-model.ts';
import type { ServeOptions } from './options.ts';
import { type Served, serve } from './serve.ts';

const open = new Set<Served>();

/** Serves the tiny model as `tiny` at a free port, in this thread, until the test ends. */
export async function serveTiny(options: Partial<ServeOptions> = {}): Promise<Served> {
  const models = { tiny: tinyModel().files };
  const served = await serve({
    models,
    port: 0,
    lingerMs: 0,
    execution: 'inline',
    device: 'cpu',
    ...options,
  });
  open.add(served);
  return served;
}

afterEach(async () => {
  await Promise.all([...open].map((served) => served.close()));
  open.clear();
});

/** What a server answers, with its JSON read. */
export async function answerOf(response: Response): Promise<{ status: number; json: unknown }> {
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}

/** Asks for JSON. */
export async function getJson(url: string): Promise<{ status: number; json: unknown }> {
  return answerOf(await fetch(url));
}

/** Sends an inference request in JSON. */
export async function inferJson(
  { url }: Pick<Served, 'url'>,
  body: unknown,
  model = 'tiny-encoder',
): Promise<{ status: number; json: unknown }> {
  return answerOf(
    await fetch(`${url}/v2/models/${model}/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );
}

/** An input of items for the tiny encoder. */
export function inputOf(items: Float32Array): object {
  return { name: 'x', datatype: 'FP32', shape: [items.length / 4, 4], data: [...items] };
}
