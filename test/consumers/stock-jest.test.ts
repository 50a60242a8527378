import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { tinyModel } from '../fixtures/tiny-model.ts';
import { type ConsumerProject, createConsumer } from './consumer-project.ts';

/** Jest as its users have it: its own environment, no transform, and our packages from their tarballs. */
const JEST = join(dirname(createRequire(__filename).resolve('jest/package.json')), 'bin/jest.js');
const INSTALLING_MS = 180_000;

/** All that crosses from the realm of a test to ONNX Runtime's, and back. */
const TESTS = `
describe.each(['inline', 'worker'])('%s', (execution) => {
  let vae;
  beforeAll(async () => {
    vae = await loadAutoencoder('model', { execution, device: 'cpu' });
  });
  afterAll(() => vae.dispose());

  test('values go in and come out as arrays of this realm', async () => {
    const { mean, logVar } = await vae.encoder.encode(new Float32Array(8).fill(0.5));
    expect(mean.data).toBeInstanceOf(Float32Array);
    expect(mean.dims).toEqual([2, 2]);
    expect([...logVar.data].every(Number.isFinite)).toBe(true);
    const embedded = await vae.encoder.embed(new Float32Array(8).fill(0.5));
    expect(embedded).toStrictEqual(mean);
  });

  test('pixels, large batches, streams, decoding and samples', async () => {
    const pixels = await vae.encoder.embed(new Uint8Array(4000 * 4).fill(255));
    const values = await vae.encoder.embed(new Float32Array(4000 * 4).fill(1));
    expect(pixels).toStrictEqual(values);
    const rows = [];
    for await (const row of vae.encoder.stream([new Float32Array(4), new Float32Array(4)])) rows.push(row);
    expect(rows.length).toBeGreaterThan(0);
    expect((await vae.sample(3, { seed: 1 })).mean.data).toBeInstanceOf(Float32Array);
    expect((await vae.decoder.decode(new Float32Array(2))).mean.dims).toEqual([1, 2, 2, 1]);
  });

  test('errors are what they are outside', async () => {
    await expect(vae.encoder.embed(new Float32Array(3))).rejects.toThrow(/3 values/);
    await expect(vae.encoder.embed(new Float64Array(4))).rejects.toBeInstanceOf(InputError);
  });
});

test('a missing folder is an error of ours', async () => {
  const error = await loadAutoencoder('nowhere').catch((error) => error);
  expect(LatentkitError.isInstance(error)).toBe(true);
});

test('telemetry is off in the environment that native code reads', () => {
  const { environmentVariables } = process.report.getReport();
  expect(environmentVariables.ORT_DISABLE_TELEMETRY).toBe('1');
});
`;

const NAMES = '{ loadAutoencoder, InputError, LatentkitError }';

const CONFIG = { testEnvironment: 'node', transform: {} };

let project: ConsumerProject;

beforeAll(async () => {
  project = await createConsumer(['core', 'node', 'web']);
  for (const [name, bytes] of Object.entries(tinyModel().files)) {
    await project.write(`model/${name}`, bytes);
  }
}, INSTALLING_MS);

afterAll(() => project?.remove());

describe('Jest with its own environment runs models', () => {
  test.each([
    {
      system: 'CommonJS',
      file: 'embed.test.cjs',
      source: `const ${NAMES} = require('@latentkit/node');${TESTS}`,
      flags: [],
    },
    {
      system: 'ES modules',
      file: 'embed.test.mjs',
      source: `import ${NAMES} from '@latentkit/node';${TESTS}`,
      flags: ['--experimental-vm-modules'],
    },
  ])(
    '$system',
    async ({ file, source, flags }) => {
      await project.write(file, source);
      // A second file in the same process meets ONNX Runtime loaded already, by another realm.
      await project.write(file.replace('embed', 'again'), source);
      const config = { ...CONFIG, testMatch: [`**/*${file.slice(-9)}`] };
      await project.write('jest.config.json', JSON.stringify(config));
      await project.node(...flags, JEST, '--config', 'jest.config.json', '--runInBand');
    },
    INSTALLING_MS,
  );
});

/** What is behind the doors loads nothing by `import()` either, which such an environment does not have. */
const WITHOUT_IMPORT = `
const { join } = require('node:path');
const { datasetOf, embedFiles, openVectors } = require('@latentkit/data');
const { encodeImages, loadAutoencoder, readImages, writeImages } = require('@latentkit/node');
const { exportModel, train } = require('@latentkit/training');

test('trains on either engine, exports, and embeds pictures to Parquet', async () => {
  const images = Uint8Array.from({ length: 40 * 64 }, (_, i) => (i * 37) % 256);
  const data = datasetOf({ images, itemShape: [8, 8, 1] });
  const settings = { latentSize: 2, hiddenSizes: [4], architecture: 'mlp', epochs: 1, augment: 'none' };
  for (const engine of ['tfjs', 'onnx']) {
    await train({ runDir: 'run', data, engine, ...settings }, { overwrite: true });
  }
  await exportModel({ runDir: 'run', outDir: 'trained', dataset: data });
  const vae = await loadAutoencoder('trained');
  const { mean } = await vae.sample(2, { seed: 1 });
  const encoded = await encodeImages(mean, vae.card, { format: 'png' });
  expect((await readImages(encoded, vae.card)).dims).toEqual([2, 8, 8, 1]);
  await writeImages(mean, vae.card, [join('pictures', 'a.png'), join('pictures', 'b.png')]);
  const report = await embedFiles(vae, 'pictures', { out: 'vectors.parquet' });
  expect(report).toMatchObject({ rows: 2 });
  expect((await openVectors('vectors.parquet')).info.count).toBe(2);
  await vae.dispose();
}, 60_000);
`;

test(
  'Jest with its own environment reads pictures and vectors, and trains',
  async () => {
    const all = ['core', 'data', 'node', 'onnx', 'tfjs-to-onnx', '../training'];
    const trainer = await createConsumer(all);
    try {
      await trainer.write('pictures/.keep', '');
      await trainer.write('train.test.cjs', WITHOUT_IMPORT);
      await trainer.write(
        'jest.config.json',
        JSON.stringify({ ...CONFIG, testMatch: ['**/train.test.cjs'] }),
      );
      await trainer.node(JEST, '--config', 'jest.config.json', '--runInBand');
    } finally {
      await trainer.remove();
    }
  },
  2 * INSTALLING_MS,
);
