import { expect, test } from '@jest/globals';
import { openRemote } from '@latentkit/core/runtime';
import { tinyItems, tinyModel } from '../../../../test/fixtures/tiny-model.ts';
import { threadPort } from './thread-port.ts';

const { files } = tinyModel();
const graphs = { encoder: files['encoder.onnx'] as Uint8Array };
const x = () => ({ data: tinyItems(2), dims: [2, 4], dtype: 'float32' }) as const;

test('gives back the memory of the feeds, and only the outputs that are wanted', async () => {
  const { runners } = await openRemote([threadPort()], graphs, { settings: {} });
  const encoder = runners['encoder']!;
  expect(encoder.inputs[0]?.name).toBe('x');
  const feeds = { x: x() };
  const outputs = await encoder.run(feeds, { wanted: ['log_var'], transfer: true });
  expect(feeds.x.data).toHaveLength(0);
  expect(Object.keys(outputs)).toEqual(['log_var']);
  expect(encoder.spareBuffer?.(32)?.byteLength).toBe(32);
  await encoder.dispose();
  await encoder.dispose();
});

test('a thread that ends rejects what was asked of it, and what is asked later', async () => {
  const port = threadPort();
  const { runners } = await openRemote([port], graphs, { settings: {} });
  const encoder = runners['encoder']!;
  const run = encoder.run({ x: x() });
  // What a script does that ends its own thread.
  port.post({ id: -1, kind: 'end' }, []);
  const dead = { code: 'runtime', message: expect.stringContaining('Load the model again') };
  const outcome = await run.catch((error) => error);
  if (!('mean' in outcome)) expect(outcome).toMatchObject(dead);
  await port.end();
  await expect(encoder.run({ x: x() })).rejects.toMatchObject(dead);
  await encoder.dispose();
});

test('errors keep their codes on the way', async () => {
  const broken = { encoder: Uint8Array.of(1) };
  await expect(openRemote([threadPort()], broken, { settings: {} })).rejects.toMatchObject({
    code: 'runtime',
    name: 'LatentkitError',
  });
  await expect(
    openRemote([threadPort()], graphs, { settings: { device: 'coreml' } }),
  ).rejects.toMatchObject({ code: 'device-unavailable' });
});
