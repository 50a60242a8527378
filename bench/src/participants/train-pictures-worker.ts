import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TrainConfig, train } from '@latentkit/training';

/**
 * Trains on pictures: FOLDER SETTINGS, a folder for what it writes and the settings as JSON. Each line n on its input asks
 * for a training anew, nothing being prepared: the milliseconds up to its step n, by n, and the peak memory up to its end.
 */
const [folder = '', settings = ''] = process.argv.slice(2);
const cache = join(folder, 'cache');
process.env['LATENTKIT_CACHE'] = cache;
const config = { ...JSON.parse(settings), runDir: join(folder, 'run') } as TrainConfig;

console.log('{"ready": true}');
for await (const line of createInterface({ input: process.stdin })) {
  await rm(cache, { recursive: true, force: true });
  const steps = Number(line);
  let ms = Number.NaN;
  const began = performance.now();
  await train(config, {
    overwrite: true,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === steps) ms = (performance.now() - began) / steps;
    },
  });
  console.log(JSON.stringify({ ms, peakMiB: process.resourceUsage().maxRSS / 1024 }));
}
