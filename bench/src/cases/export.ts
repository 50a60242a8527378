import '@tensorflow/tfjs';
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { readModel, toFloat16, toInt8, writeModel } from '@latentkit/onnx';
import { toOnnx } from '@latentkit/tfjs-to-onnx';
import { loadDataset, readItems } from '@latentkit/training';
import {
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { machine } from '../machine.ts';
import { type Measurements, type Report, type Row, row } from '../report.ts';

/**
 * How long an export takes once everything is loaded, and what the half-precision and 8-bit variants
 * of an exported encoder save and cost beside the file that they were made from.
 */
export async function run(): Promise<Report> {
  return {
    name: 'export',
    machine: machine(),
    rows: [...(await exportRows()), ...(await variantRows())],
  };
}

const EXPORT_ROUNDS = 15;

async function exportRows(): Promise<Row[]> {
  const subjects = { encoder: seedEncoder(), decoder: seedDecoder() };
  const both = async (verify: boolean) => {
    const start = performance.now();
    for (const subject of Object.values(subjects)) await toOnnx(subject, { verify });
    return performance.now() - start;
  };
  // The first export loads ONNX Runtime and warms the compiler; both are part of loading.
  await both(true);
  const times = { plain: [] as number[], verified: [] as number[] };
  for (let round = 0; round < EXPORT_ROUNDS; round++) {
    times.plain.push(await both(false));
    times.verified.push(await both(true));
  }
  const alone = (name: string, values: readonly number[]) =>
    row(name, 'ms', 'ours', new Map([['ours', values]]));
  return [
    alone('export the seed VAE 784-400-20, encoder and decoder', times.plain),
    alone('the same, verified in ONNX Runtime (36 runs)', times.verified),
  ];
}

function seedEncoder(): LayersModel {
  const x = layers.input({ shape: [784], name: 'x' });
  const hidden = layers.dense({ units: 400, activation: 'relu', name: 'hidden' }).apply(x);
  const outputs = ['mean', 'log_var'].map(
    (name) => layers.dense({ units: 20, name }).apply(hidden) as SymbolicTensor,
  );
  return model({ inputs: x, outputs });
}

function seedDecoder(): LayersModel {
  return sequential({
    layers: [
      layers.dense({ units: 400, activation: 'relu', inputShape: [20], name: 'hidden' }),
      layers.dense({ units: 784, activation: 'sigmoid', name: 'mean' }),
    ],
  });
}

const BATCHES = [1, 64, 1024] as const;
const ROUNDS = 21;
/** How long a variant runs in each turn. */
const TURN_MS = 60;

/** The committed encoder's variants on drawn digits. */
async function variantRows(): Promise<Row[]> {
  const bytes = new Uint8Array(
    await readFile(new URL('../../../models/mnist-vae/encoder.onnx', import.meta.url)),
  );
  const original = readModel(bytes);
  const files = {
    fp32: bytes,
    'fp16 stored': writeModel(toFloat16(original, { compute: 'float32' }).model),
    fp16: writeModel(toFloat16(original).model),
    int8: writeModel(toInt8(original).model),
  };
  const { test } = await loadDataset({ name: 'strokes', trainCount: 1, testCount: BATCHES[2] });
  const images = readItems(test);
  const sessions = new Map<string, InferenceSession>();
  try {
    for (const [name, file] of Object.entries(files)) {
      sessions.set(name, await InferenceSession.create(file, { intraOpNumThreads: 1 }));
    }
    const rows: Row[] = [];
    const expected = await runOn(sessions, 'fp32', images, BATCHES[2]);
    for (const name of ['fp16 stored', 'fp16', 'int8'] as const) {
      rows.push(against(name, 'file size', 'bytes', files[name].length, files.fp32.length));
      const found = await runOn(sessions, name, images, BATCHES[2]);
      for (const [output, values] of expected) {
        const { abs, rel } = errors(values, found.get(output) as Float32Array);
        rows.push(single(`${name}: largest error of ${output}`, 'absolute', abs));
        rows.push(single(`${name}: largest error of ${output}`, 'of its largest magnitude', rel));
      }
    }
    for (const batch of BATCHES) rows.push(...(await speedRows(sessions, images, batch)));
    return rows;
  } finally {
    for (const session of sessions.values()) await session.release();
  }
}

const single = (name: string, unit: string, value: number): Row =>
  row(name, unit, 'ours', new Map([['ours', [value]]]));

const against = (name: string, what: string, unit: string, ours: number, fp32: number): Row =>
  row(
    `${name}: ${what}`,
    unit,
    name,
    new Map([
      [name, [ours]],
      ['fp32', [fp32]],
    ]),
  );

function feedsOf(session: InferenceSession, images: Float32Array, batch: number) {
  const [name] = session.inputNames as [string];
  return { [name]: new Tensor('float32', images.slice(0, batch * 784), [batch, 784]) };
}

async function runOn(
  sessions: ReadonlyMap<string, InferenceSession>,
  name: string,
  images: Float32Array,
  batch: number,
): Promise<Map<string, Float32Array>> {
  const session = sessions.get(name) as InferenceSession;
  const results = await session.run(feedsOf(session, images, batch));
  return new Map(Object.entries(results).map(([key, { data }]) => [key, data as Float32Array]));
}

function errors(expected: Float32Array, found: Float32Array): { abs: number; rel: number } {
  let [abs, scale] = [0, 0];
  for (const [i, value] of expected.entries()) {
    abs = Math.max(abs, Math.abs(value - (found[i] as number)));
    scale = Math.max(scale, Math.abs(value));
  }
  return { abs, rel: abs / scale };
}

/** Milliseconds a run, all variants in turn in every round. */
async function speedRows(
  sessions: ReadonlyMap<string, InferenceSession>,
  images: Float32Array,
  batch: number,
): Promise<Row[]> {
  const times = new Map([...sessions.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, session] of sessions) {
      const feeds = feedsOf(session, images, batch);
      const start = performance.now();
      let runs = 0;
      while (performance.now() - start < TURN_MS) {
        await session.run(feeds);
        runs++;
      }
      times.get(name)?.push((performance.now() - start) / runs);
    }
  }
  const fp32 = times.get('fp32') as number[];
  return [...times]
    .filter(([name]) => name !== 'fp32')
    .map(([name, values]) => {
      const pair: Measurements = new Map([
        [name, values],
        ['fp32', fp32],
      ]);
      return row(`${name}: encode, batch ${batch}, one thread`, 'ms', name, pair);
    });
}
