import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { GraphBuilder, writeModel } from '@latentkit/onnx';
import { checkModels } from '../check-models.ts';
import { computeGolden, graphBytes, soundParts, writeParts } from '../testing/sound-model.ts';
import { BrowserHost } from './browser-host.ts';

const host = new BrowserHost();
afterEach(() => host.close());

/** y = 2x, and how many rows there were. */
function doubling(): Uint8Array {
  const g = new GraphBuilder('doubling');
  const x = g.input('x', 'float32', ['batch', 3]);
  g.output(
    g.node('Mul', [x, g.initializer('two', Float32Array.of(2), [])]),
    'float32',
    ['batch', 3],
    'y',
  );
  const count = g.node('Gather', [
    g.node('Shape', [x]),
    g.initializer('first', 'int64', [0n], [1]),
  ]);
  g.output(count, 'int64', [1], 'count');
  return writeModel(g.build());
}

test('numbers come back to the bit, of any type, from several graphs', async () => {
  const [one, two] = [await host.open(doubling(), 'wasm'), await host.open(doubling(), 'wasm')];
  expect(one.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['batch', 3] }]);
  const data = Float32Array.of(0.1, -1e-40, 3e38, Number.POSITIVE_INFINITY, Number.NaN, -0);
  const { y, count } = await one.run({ x: { data, dims: [2, 3], dtype: 'float32' } });
  expect(y).toEqual({ dtype: 'float32', dims: [2, 3], data: data.map((value) => 2 * value) });
  expect(count).toEqual({ dtype: 'int64', dims: [1], data: BigInt64Array.of(2n) });
  await one.dispose();
  const again = await two.run({ x: { data: data.slice(0, 3), dims: [1, 3], dtype: 'float32' } });
  expect(again['count']?.data).toEqual(BigInt64Array.of(1n));
});

test('a graph that is none is a typed error, and the next one works', async () => {
  await expect(host.open(Uint8Array.of(1, 2, 3), 'wasm')).rejects.toMatchObject({
    code: 'runtime',
    message: expect.stringMatching(/^Chromium: /),
  });
  const runner = await host.open(doubling(), 'wasm');
  const x = { data: new Float32Array(4), dims: [1, 4], dtype: 'float32' } as const;
  await expect(runner.run({ x })).rejects.toMatchObject({ code: 'runtime' });
});

test('where there is no browser, a check that was asked for fails, and says why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-browser-'));
  const had = process.env['LATENTKIT_CHROMIUM'];
  process.env['LATENTKIT_CHROMIUM'] = '/nowhere/chromium';
  try {
    const parts = soundParts();
    const files = graphBytes(parts);
    files.set(parts.card.golden?.file as string, await computeGolden(parts));
    await writeParts(folder, { card: parts.card, files });
    const { models, passed } = await checkModels([folder], {
      settings: { devices: ['chromium'] },
      only: ['parity/chromium'],
    });
    expect(passed).toBe(false);
    const outcome = models[0]?.outcomes.find(({ check }) => check === 'parity/chromium');
    expect(outcome).toMatchObject({
      status: 'failed',
      findings: [
        {
          message: expect.stringMatching(
            /^chromium was asked for, and cannot run here: LATENTKIT_CHROMIUM names \/nowhere\/chromium.*Install/,
          ),
        },
      ],
      remedy: expect.stringMatching(/^Install what chromium needs, or leave it out/),
    });
  } finally {
    if (had === undefined) delete process.env['LATENTKIT_CHROMIUM'];
    else process.env['LATENTKIT_CHROMIUM'] = had;
    await rm(folder, { recursive: true, force: true });
  }
});
