import { exportModel, train } from '../src/index.ts';
import { existsSync } from 'node:fs';
for (const d of process.argv.slice(2).map(Number)) {
  const runDir = `/tmp/loo/run-${d}`;
  if (existsSync(`/tmp/loo/model-${d}/model.json`)) continue;
  const began = performance.now();
  await train({ runDir, data: { name: 'mnist', dataDir: '/work/shared/data/mnist', leaveOut: d }, family: 'vae', hiddenSizes: [400], latentSize: 20, epochs: 8, seed: 1 } as never, { overwrite: true });
  await exportModel({ runDir, outDir: `/tmp/loo/model-${d}` });
  console.log(d, ((performance.now() - began) / 1000).toFixed(0), 's');
}
