import { expect, test } from '@jest/globals';
import { tinyItems, tinyModel } from '../../../test/fixtures/tiny-model.ts';
import { PoolWorker } from './pool-worker.ts';

const { files } = tinyModel();
const graphs = { encoder: files['encoder.onnx'] as Uint8Array };
const x = () => ({ data: tinyItems(2), dims: [2, 4], dtype: 'float32' }) as const;

test('gives back the memory of the feeds, and only the outputs that are wanted', async () => {
  const worker = new PoolWorker();
  const opened = await worker.request({ kind: 'open', graphs, options: {} });
  expect(opened['encoder']?.inputs[0]?.name).toBe('x');
  const feeds = { x: x() };
  const wanted = ['log_var'];
  const reply = await worker.request({ kind: 'run', graph: 'encoder', feeds, wanted }, [
    feeds.x.data.buffer as ArrayBuffer,
  ]);
  expect(feeds.x.data).toHaveLength(0);
  expect(Object.keys(reply.outputs)).toEqual(['log_var']);
  expect(reply.returned.map(({ byteLength }) => byteLength)).toEqual([32]);
  await worker.close();
  await worker.close();
});

test('a thread that ends rejects what was asked of it, and what is asked later', async () => {
  const worker = new PoolWorker();
  await worker.request({ kind: 'open', graphs, options: {} });
  const run = worker.request({
    kind: 'run',
    graph: 'encoder',
    feeds: { x: x() },
    wanted: undefined,
  });
  const [outcome] = await Promise.allSettled([run, worker.terminate()]);
  expect(outcome).toMatchObject({
    status: 'rejected',
    reason: { code: 'runtime', message: expect.stringContaining('Load the model again') },
  });
  await expect(worker.request({ kind: 'close' })).rejects.toMatchObject({ code: 'runtime' });
  expect(worker.load).toBe(0);
});

test('errors keep their codes on the way', async () => {
  const worker = new PoolWorker();
  const broken = { encoder: Uint8Array.of(1) };
  await expect(worker.request({ kind: 'open', graphs: broken, options: {} })).rejects.toMatchObject(
    { code: 'runtime', name: 'LatentkitError' },
  );
  await expect(
    worker.request({ kind: 'open', graphs, options: { device: 'coreml' } }),
  ).rejects.toMatchObject({ code: 'device-unavailable' });
  await worker.close();
});
