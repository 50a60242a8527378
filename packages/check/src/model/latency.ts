import { createRunner, type GraphRunner, sizeOf, tensor } from '@latentkit/node';
import { GraphBuilder, writeModel } from '@latentkit/onnx';
import type { ModelUnderCheck } from './model-under-check.ts';
import { tile } from './tile.ts';

/** Items of a run that is timed. */
const ITEMS = 64;

/** Rounds; the least time of each is taken, since whatever else a machine does only adds. */
const ROUNDS = 15;

export interface EncoderLatency {
  /** The encoder's bare session on 64 items, in milliseconds. */
  readonly session: number;
  /** The same through the typed API, in units of the bare session. */
  readonly inSessions: number;
  /** The bare session, in units of a product of matrices of 256 × 256 on the same machine. */
  readonly inProducts: number;
}

/** Times the encoder, the typed API over it, and a product of matrices by turns, on one thread of the CPU. */
export function measureEncoder(model: ModelUnderCheck): Promise<EncoderLatency> {
  return model.once('latency', async () => {
    const rows = (await model.golden())?.encoder;
    const file = (await model.graphs('fp32')).find(({ graph }) => graph === 'encoder')?.file ?? '';
    const runner = await model.runner(file);
    const feeds = tile(rows?.inputs ?? {}, rows ?? { rows: 0, inputs: {}, outputs: {} }, ITEMS);
    const { condition, item } = await model.card();
    const { encoder } = await model.loaded();
    const items = (feeds['x']?.data ??
      new Float32Array(ITEMS * sizeOf(item.shape))) as Float32Array;
    const product = await productRunner();
    const factors = { x: tensor(new Float32Array(256 * 256).fill(0.01), [256, 256]) };
    let [session, typed, reference] = [1, 1, 1].map(() => Number.POSITIVE_INFINITY) as [
      number,
      number,
      number,
    ];
    try {
      for (let round = 0; round < ROUNDS; round++) {
        session = Math.min(session, await timeOf(() => runner.run(feeds)));
        typed = Math.min(
          typed,
          await timeOf(() => encoder.embed(items, condition ? { condition: 0 } : {})),
        );
        reference = Math.min(reference, await timeOf(() => product.run(factors)));
      }
    } finally {
      await product.dispose();
    }
    return { session, inSessions: typed / session, inProducts: session / reference };
  });
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function productRunner(): Promise<GraphRunner> {
  const g = new GraphBuilder('product');
  const x = g.input('x', 'float32', ['rows', 256]);
  const w = g.initializer('w', new Float32Array(256 * 256).fill(0.01), [256, 256]);
  g.output(g.node('MatMul', [x, w]), 'float32', ['rows', 256], 'y');
  return createRunner(writeModel(g.build()), { threads: 1 });
}
