import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelCard } from '@latentkit/core';
import { definitionOf, GOLDEN_FILE, writeGolden } from '@latentkit/core/runtime';
import { readModel } from '@latentkit/onnx';
import { writeFileWhole } from '@latentkit/system';
import { graphInfo } from '../graph-infos.ts';
import { makeGolden } from './make-golden.ts';

/** Graphs whose golden inputs can be made up; a prior's, noise and labels are the trainer's to say. */
const KNOWN = ['encoder', 'decoder', 'codebook'] as const;

/**
 * Makes golden values for a model whose card names none, by ONNX Runtime without optimisation, and names them on the
 * card: from then on any device is compared with what the files say today.
 *
 * @returns whether it could: a model of labels, noise or a prior needs its trainer's
 */
export async function recordGolden(folder: string, card: ModelCard): Promise<boolean> {
  const { condition, latent, graphs } = card;
  if (condition || graphs.prior || definitionOf(latent).takesNoise) return false;
  const models = await Promise.all(
    KNOWN.flatMap((name) => {
      const file = graphs[name]?.files.fp32.file;
      if (file === undefined) return [];
      return [readFile(join(folder, file)).then((bytes) => [name, readModel(bytes)] as const)];
    }),
  );
  const infos = await Promise.all(
    models.map(async ([name, model]) => [name, await graphInfo(model)] as const),
  );
  const golden = await makeGolden({
    graphs: Object.fromEntries(models),
    infos: Object.fromEntries(infos),
    range: card.item.range,
    latent,
  });
  const bytes = writeGolden(golden);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const named = { ...card, golden: { file: GOLDEN_FILE, bytes: bytes.length, sha256 } };
  await writeFileWhole(join(folder, GOLDEN_FILE), bytes);
  await writeFileWhole(join(folder, 'model.json'), `${JSON.stringify(named, null, 2)}\n`);
  return true;
}
