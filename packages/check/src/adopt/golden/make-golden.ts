import {
  type Golden,
  type GoldenGraph,
  LatentkitError,
  type ModelCard,
  sizeOf,
  type Tensor,
} from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';
import type { Model } from '@latentkit/onnx';
import type { GraphInfo } from '../graph-infos.ts';
import { mostDifferent } from './choose-draws.ts';
import { clamp, type Drawing, decodeDraws, drawLatents, placeLatents } from './draw-latents.ts';
import { asRows, type Runs, rowsOf, withRuns } from './open-runs.ts';
import { waves } from './waves.ts';

/** Ordinary golden rows; two at the ends of the range follow. */
const ORDINARY = 6;
const ROWS = ORDINARY + 2;

/** Draws that golden items are chosen from: so many, or as many as have this many elements together. */
const DRAWS = 64;
const ELEMENTS = 2 ** 22;

export interface GoldenParts {
  readonly graphs: Readonly<Record<string, Model>>;
  readonly infos: Readonly<Record<string, GraphInfo>>;
  readonly range: ModelCard['item']['range'];
  readonly latent: ModelCard['latent'];
}

/**
 * Golden values by ONNX Runtime without optimisation. The items are what the decoder makes of draws, of many those that
 * differ most; of an encoder alone, waves of several lengths, since noise looks the same to most encoders.
 *
 * @throws LatentkitError `invalid-data` for halves that do not belong together
 */
export function makeGolden({ graphs, infos, range, latent }: GoldenParts): Promise<Golden> {
  const xRow = rowOf(infos['encoder']);
  const zRow = rowOf(infos['decoder']);
  const size = sizeOf(xRow);
  return withRuns(graphs, async ({ encoder, decoder, codebook }) => {
    const made: Record<string, GoldenGraph> = {};
    let items = waves(ROWS, size, range);
    if (decoder) {
      const drawing = { encoder: encoder as Runs, decoder, codebook, latent, range, xRow, zRow };
      await checkSizes(drawing);
      const latents = await chooseLatents(drawing);
      let z = latents;
      if (codebook) {
        made['codebook'] = await codebook.run({ indices: latents });
        z = { ...made['codebook'].outputs['z_q'], dims: [ROWS, ...zRow] } as Tensor;
      }
      made['decoder'] = await decoder.run({ [definitionOf(latent).decoderInput]: z });
      items = made['decoder'].outputs['mean']?.data as Float32Array;
    }
    const x = items.map((value) => clamp(value, range));
    x.fill(range[0], ORDINARY * size, (ORDINARY + 1) * size);
    x.fill(range[1], (ORDINARY + 1) * size);
    made['encoder'] = await (encoder as Runs).run({ x: asRows(x, xRow) });
    return { graphs: made };
  });
}

/** Latents of the golden rows: draws whose items differ most, and, of vectors, one that is zero throughout. */
async function chooseLatents(drawing: Drawing): Promise<Tensor> {
  const size = sizeOf(drawing.xRow);
  const count = Math.max(ROWS, Math.min(DRAWS, Math.floor(ELEMENTS / size)));
  const draws = await placeLatents(drawing, drawLatents(drawing, count));
  const items = (await decodeDraws(drawing, draws)).map((value) => clamp(value, drawing.range));
  const chosen = rowsOf(draws, mostDifferent(items, count, ROWS));
  if (chosen.dtype === 'float32') {
    const { size: width } = drawing.latent;
    (chosen.data as Float32Array).fill(0, ORDINARY * width, (ORDINARY + 1) * width);
  }
  return chosen;
}

async function checkSizes(drawing: Drawing): Promise<void> {
  const size = sizeOf(drawing.xRow);
  const { length } = await decodeDraws(drawing, drawLatents(drawing, 1));
  if (length === size) return;
  throw new LatentkitError(
    'invalid-data',
    `The decoder gives ${length} elements an item, the encoder takes ${size}: they do not belong together.`,
  );
}

function rowOf(info: GraphInfo | undefined): number[] {
  return (info?.inputs[0]?.shape ?? []).slice(1) as number[];
}
