import {
  createRandom,
  type Golden,
  gridOf,
  LatentkitError,
  type ModelCard,
  type NamedTensors,
  sizeOf,
  type Tensor,
  tensor,
} from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';
import { createRunner } from '@latentkit/node';
import { type Model, writeModel } from '@latentkit/onnx';
import type { GraphInfo } from './graph-infos.ts';

/** Ordinary golden rows; two at the ends of the range follow. */
const ORDINARY = 6;
const ROWS = ORDINARY + 2;

export interface GoldenParts {
  readonly graphs: Readonly<Record<string, Model>>;
  readonly infos: Readonly<Record<string, GraphInfo>>;
  readonly range: ModelCard['item']['range'];
  readonly latent: ModelCard['latent'];
}

/**
 * Golden values by ONNX Runtime without optimisation. The items are what the decoder makes of draws; of an encoder
 * alone, waves of several lengths, since noise looks the same to most encoders.
 *
 * @throws LatentkitError `invalid-data` for halves that do not belong together
 */
export async function makeGolden({ graphs, infos, range, latent }: GoldenParts): Promise<Golden> {
  const { encoder, decoder, codebook } = graphs;
  const grid = gridOf({ latent });
  const xRow = rowOf(infos['encoder']);
  const size = sizeOf(xRow);
  const made: Record<string, Awaited<ReturnType<typeof run>>> = {};
  let items = waves(size, range);
  if (decoder) {
    let z: Tensor;
    const zRow = rowOf(infos['decoder']);
    if (codebook && grid) {
      const random = createRandom(0, 'adopt golden');
      const data = Int32Array.from({ length: ROWS * sizeOf(grid.grid) }, () =>
        random.integer(grid.codes),
      );
      const indices: Tensor = { data, dims: [ROWS, ...grid.grid], dtype: 'int32' };
      made['codebook'] = await run(codebook, { indices });
      z = { ...made['codebook'].outputs['z_q'], dims: [ROWS, ...zRow] } as Tensor;
    } else {
      const draws = createRandom(0, 'adopt golden').fillNormal(
        new Float32Array(ROWS * latent.size),
      );
      draws.fill(0, ORDINARY * latent.size, (ORDINARY + 1) * latent.size);
      z = tensor(draws, [ROWS, ...zRow]);
    }
    made['decoder'] = await run(decoder, { [definitionOf(latent).decoderInput]: z });
    items = made['decoder'].outputs['mean']?.data as Float32Array;
    if (items.length !== ROWS * size) {
      throw new LatentkitError(
        'invalid-data',
        `The decoder gives ${items.length / ROWS} elements an item, the encoder takes ${size}: they do not belong together.`,
      );
    }
  }
  const [low, high] = range;
  const x = items.map((value) => Math.min(high, Math.max(low, value)));
  x.fill(low, ORDINARY * size, (ORDINARY + 1) * size);
  x.fill(high, (ORDINARY + 1) * size);
  made['encoder'] = await run(encoder as Model, { x: tensor(x, [ROWS, ...xRow]) });
  return { graphs: made };
}

function waves(size: number, [low, high]: readonly [number, number]): Float32Array {
  const random = createRandom(0, 'adopt items');
  const x = new Float32Array(ROWS * size);
  for (let row = 0; row < ROWS; row++) {
    const pace = (1 + random.uniform() * 5) * 2 * Math.PI;
    const phase = random.uniform() * 2 * Math.PI;
    for (let i = 0; i < size; i++) {
      const wave = 0.5 + 0.35 * Math.sin((pace * i) / size + phase) + 0.15 * random.uniform();
      x[row * size + i] = low + wave * (high - low);
    }
  }
  return x;
}

function rowOf(info: GraphInfo | undefined): number[] {
  return (info?.inputs[0]?.shape ?? []).slice(1) as number[];
}

async function run(
  model: Model,
  inputs: NamedTensors,
): Promise<{ inputs: NamedTensors; outputs: NamedTensors }> {
  const runner = await createRunner(writeModel(model), { threads: 1, optimization: 'disabled' });
  try {
    return { inputs, outputs: await runner.run(inputs) };
  } finally {
    await runner.dispose();
  }
}
