import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { addShards, workShards } from '@latentkit/queue';
import { embedFiles } from '@latentkit/data';
import { loadEncoder } from '@latentkit/node';
import { drawPhotos, drawPictures } from './draw-pictures.ts';
import { RedisServer } from './redis-server.ts';
const model = resolve('models/mnist-vae');
const folder = await mkdtemp(join(tmpdir(), 'lk-split-'));
const redis = await RedisServer.start(folder);
const photos = [await drawPhotos(join(folder, 'photos'), 400)];
const small = await drawPictures(join(folder, 'pictures'), 20000);
const encoder = await loadEncoder(model, { execution: 'worker' });
const cpu = () => { const u = process.cpuUsage(); return (u.user + u.system) / 1e6; };
for (let r = 0; r < 3; r++) for (const [what, sources, shardItems] of [['photos', photos, 2000], ['small', small, 2000]] as const) {
  const own = { redis: redis.url, queue: `${what}-${r}` };
  const t0 = performance.now(), c0 = cpu();
  await embedFiles(encoder, sources as string[], { out: join(folder, `d-${what}-${r}.parquet`), resumable: false });
  const td = performance.now(), cd = cpu();
  await addShards({ ...own, model, sources, out: join(folder, `p-${what}-${r}`), shardItems });
  const t1 = performance.now(), c1 = cpu();
  const secs: number[] = [];
  await workShards({ ...own, drain: true, onShard: (s) => secs.push(s.seconds) });
  const t2 = performance.now(), c2 = cpu();
  console.log(what, 'direct', ((td - t0) / 1000).toFixed(2), 'cpu', (cd - c0).toFixed(2), '| add', ((t1 - td) / 1000).toFixed(2), 'cpu', (c1 - cd).toFixed(2), '| work', ((t2 - t1) / 1000).toFixed(2), 'cpu', (c2 - c1).toFixed(2), '| in embedFiles', secs.reduce((a, b) => a + b, 0).toFixed(2), secs.length);
}
await encoder.dispose(); await redis.kill(); await rm(folder, { recursive: true, force: true });
