import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadAutoencoder, sizeOf } from '@latentkit/node';
import { SETTLED } from '../report/judge.ts';
import type { QuestionOf } from '../report/questions.ts';
import type { Memory } from '../report/report.ts';
import { ordinaryItems } from './feeds.ts';
import { gpuMemory } from './gpu.ts';

/** Opens a model, runs it and closes it, again and again, and notes the memory that is held after each. */
export async function memory({ device, model, times }: QuestionOf<'memory'>): Promise<Memory> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const resident: number[] = [];
  let settled: number | undefined;
  for (let time = 1; time <= times; time++) {
    {
      await using vae = await loadAutoencoder(model, { device, strict: true });
      const { card } = vae;
      const items = ordinaryItems(64, sizeOf(card.item.shape));
      await vae.reconstruct(items, { condition: card.condition?.labels[0] });
    }
    collect();
    resident.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
    if (time === SETTLED) settled = await gpuMemory();
  }
  const last = await gpuMemory();
  const gpu = settled === undefined || last === undefined ? undefined : ([settled, last] as const);
  return { resident, gpu };
}
