import { fitGaussianMixture, mixtureLogDensity } from '@latentkit/core';
import { loadMnist, readItems, takeItems, VectorIndex } from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';
import { leaveOutClass } from '../src/data/leave-out.ts';
import { auroc } from '../src/judge/auroc.ts';
const data = await loadMnist({ dataDir: '/work/shared/data/mnist' });
const N = Number(process.env.N ?? 2000);
const table: Record<string, number[]> = {};
for (const d of process.argv.slice(2).map(Number)) {
  const model = await loadAutoencoder(`/tmp/loo/model-${d}`, { device: 'cpu', latent: 'gaussian' });
  const left = leaveOutClass(data, d);
  const size = model.card.latent.size;
  const trainMu = await model.encoder.embed(readItems(left.train));
  const test = takeItems(data.test, N);
  const items = readItems(test);
  const encoded = await model.encoder.encode(items);
  const testMu = { data: encoded.mean.data, dims: encoded.mean.dims };
  const score = await model.score(items, { seed: 0 });
  const positive = Array.from(test.labels, (l) => l === d);
  const mus = trainMu.data as Float32Array;
  const index = new VectorIndex(mus, size);
  const scores: Record<string, Float64Array> = {};
  scores['-elbo'] = score.elbo.map((v) => -v);
  scores['kl'] = score.kl;
  scores['-rec'] = score.reconstruction.map((v) => -v);
  // local typicality: elbo relative to neighbours
  const trainScoreCount = left.train.count;
  const trainElbo = (await model.score(readItems(left.train), { seed: 1 })).elbo;
  for (const k of [1, 5, 20]) {
    const out = new Float64Array(N), rel = new Float64Array(N), relz = new Float64Array(N);
    for (let i = 0; i < N; i++) {
      const near = await index.nearest(encoded.mean.data.slice(i * size, (i + 1) * size) as Float32Array, { k, metric: 'euclidean' });
      out[i] = near.reduce((s, n) => s + n.distance, 0) / k;
      rel[i] = near.reduce((s, n) => s + (trainElbo[n.index] as number), 0) / k - (score.elbo[i] as number);
    }
    scores[`knn${k}`] = out;
    scores[`rel${k}`] = rel;
  }
  // pixel knn
  const pix = new VectorIndex(readItems(left.train), 784);
  const pk = new Float64Array(N);
  for (let i = 0; i < N; i++) pk[i] = (await pix.nearest(items.slice(i * 784, (i + 1) * 784), { k: 1, metric: 'euclidean' }))[0]!.distance;
  scores['pix1'] = pk;
  const { mixture } = fitGaussianMixture({ ...trainMu, data: mus.slice(0, 20000 * size), dims: [20000, size] } as never, { components: [20, 50], seed: 0, iterations: 40 });
  scores['gmm'] = mixtureLogDensity(mixture, encoded.mean as never).map((v) => -v);
  const z = (a: Float64Array) => { const m = a.reduce((s, v) => s + v, 0) / a.length; const sd = Math.sqrt(a.reduce((s, v) => s + (v - m) ** 2, 0) / a.length); return a.map((v) => (v - m) / sd); };
  const add = (...n: string[]) => { const zs = n.map((x) => z(scores[x]!)); scores[n.join('+')] = zs[0]!.map((_, i) => zs.reduce((s, q) => s + q[i]!, 0)); };
  add('knn5', '-elbo'); add('knn1', '-rec'); add('knn5', 'rel5'); add('knn5', 'rel20'); add('gmm', 'rel20'); add('pix1', 'rel20');
  for (const [n, s] of Object.entries(scores)) (table[n] ??= []).push(auroc(s, positive));
  console.log(d, Object.entries(table).map(([n, v]) => `${n} ${v.at(-1)!.toFixed(3)}`).join('  '));
  await model.dispose();
}
for (const [n, v] of Object.entries(table)) console.log(n.padEnd(14), (v.reduce((a, b) => a + b) / v.length).toFixed(4), v.map((x) => x.toFixed(3)).join(' '));
