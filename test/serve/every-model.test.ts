import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphName, rows } from '@latentkit/core';
import { loadAutoencoder } from '@latentkit/node';
import { type Served, serve } from '@latentkit/serve';

const MODELS = resolve(__dirname, '../../models');
const NAMES = readdirSync(MODELS);

let server: Served;
beforeAll(async () => {
  server = await serve({
    models: MODELS,
    port: 0,
    lingerMs: 0,
    execution: 'inline',
    device: 'cpu',
  });
});
afterAll(() => server.close());

/** Numbers of whatever a model gives, tensors in any depth, to a few digits. */
function numbersOf(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return Array.from(value as Float32Array, (number) => Number(number).toPrecision(3));
  }
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, numbersOf(inner)]));
}

test('all models of a folder are served, a model of the protocol for each graph', async () => {
  expect(server.models.map(({ name }) => name)).toEqual([...NAMES].sort());
  const listed = await (await fetch(`${server.url}/v2/repository/index`)).json();
  const names = (listed as { name: string }[]).map(({ name }) => name);
  const graphs: GraphName[] = ['encoder', 'decoder', 'codebook', 'prior'];
  expect(names.filter((name) => name.startsWith('strokes-vq-vae-'))).toEqual(
    graphs.map((graph) => `strokes-vq-vae-${graph}`),
  );
  expect(names).toHaveLength(2 * NAMES.length + 2);
});

describe.each(['codebook', 'prior'])('indices for a %s', (graph) => {
  const ask = async (index: number) => {
    const data = Array<number>(49).fill(0);
    data[3] = index;
    const inputs = [{ name: 'indices', datatype: 'INT32', shape: [1, 7, 7], data }];
    const url = `${server.url}/v2/models/strokes-vq-vae-${graph}/infer`;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ inputs }) });
    return [response.status, ((await response.json()) as { error?: string }).error];
  };

  test.each([-1, 64, 2 ** 31 - 1])('are refused where one is %d', async (index) => {
    expect(await ask(index)).toEqual([
      400,
      `input 'indices': expected indices from 0 to 63, received ${index} as its element 3.`,
    ]);
  });

  test('fail for whom they are wrong, and for no other of the batch', async () => {
    const asked = Array.from({ length: 100 }, (_, i) => ask(i % 10 === 9 ? 64 : i % 64));
    const statuses = (await Promise.all(asked)).map(([status]) => status);
    expect(statuses).toEqual(statuses.map((_, i) => (i % 10 === 9 ? 400 : 200)));
  });
});

describe.each(NAMES)('%s at a server', (name) => {
  test('does what it does from its folder', async () => {
    await using direct = await loadAutoencoder(join(MODELS, name), { device: 'cpu' });
    await using vae = await loadAutoencoder(`oip+${server.url}/${name}`);
    const { card } = direct;
    const condition = card.condition ? { condition: card.condition.labels[1] } : {};
    const size = card.item.shape.reduce((product, dim) => product * dim);
    const [low, high] = card.item.range;
    const items = Float32Array.from(
      { length: 5 * size },
      (_, i) => low + (high - low) * (((i * 7919) % 256) / 255),
    );
    for (const use of [
      (model: typeof vae) => model.encoder.encode(items, { seed: 3, ...condition }),
      (model: typeof vae) => model.encoder.embed(items, condition),
      (model: typeof vae) => model.reconstruct(items, condition),
    ]) {
      expect(numbersOf(await use(vae))).toEqual(numbersOf(await use(direct)));
    }
    if (card.latent.kind === 'point') return;
    const [here, there] = await Promise.all(
      [direct, vae].map(async (model) => {
        const { mean } = await model.sample(2, { seed: 5, ...condition });
        return [...rows(mean)].map((row) => [...row]);
      }),
    );
    expect(there).toEqual(here!.map((row) => row.map((value) => expect.closeTo(value, 3))));
  });
});
