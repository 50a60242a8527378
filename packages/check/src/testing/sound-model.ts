import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, type NamedTensors, type Tensor, tensor } from '@latentkit/core';
import { GOLDEN_FILE, writeGolden } from '@latentkit/core/runtime';
import { fakeCard } from '@latentkit/core/testing';
import { createRunner } from '@latentkit/node';
import { GraphBuilder, type Model, toFloat16, toInt8, writeModel } from '@latentkit/onnx';

/** Items are pictures of 4 × 4. */
const PIXELS = 16;
const LATENT = 4;
const LABELS = ['low', 'high'];

/** A model as its parts, any of which a fault may spoil before it is written. */
export interface Parts {
  // biome-ignore lint/suspicious/noExplicitAny: faults break what the card's type promises.
  card: any;
  /** By file name. */
  readonly models: Map<string, Model>;
  /** Inputs by graph; outputs are computed when the model is written. */
  readonly inputs: Record<string, NamedTensors>;
}

/**
 * A small autoencoder whose numbers are known: items are sums of four orthogonal patterns, which the
 * encoder reads off and the decoder puts together again. It passes every check. In fp32, fp16 and int8.
 *
 * @param options.labels whether the decoder takes a condition as well
 * @param options.order of the patterns: another one makes an autoencoder with other latents
 */
export function soundParts({ labels = false, order = [0, 1, 2, 3] } = {}): Parts {
  const encoder = encoderModel(order);
  const decoder = decoderModel(order, labels);
  const models = new Map([
    ['encoder.onnx', encoder],
    ['decoder.onnx', decoder],
    ['encoder.fp16.onnx', toFloat16(encoder).model],
    ['decoder.fp16.onnx', toFloat16(decoder).model],
    ['encoder.int8.onnx', toInt8(encoder, { minElements: 0 }).model],
    ['decoder.int8.onnx', toInt8(decoder, { minElements: 0 }).model],
  ]);
  const y = labels ? { y: oneHot(ROWS) } : undefined;
  const inputs = { encoder: { x: items() }, decoder: { z: latents(), ...y } };
  return { card: cardOf(labels), models, inputs };
}

const ORDINARY = 8;
const ROWS = ORDINARY + 2;

/** A row of each pattern is +1 or −1: rows of a Hadamard matrix, orthogonal to each other. */
function patternAt(pattern: number, pixel: number): number {
  let parity = 0;
  for (let bits = (pattern + 1) & pixel; bits > 0; bits >>= 1) parity ^= bits & 1;
  return parity ? -1 : 1;
}

/** Eight sums of patterns, then all low, then all high. */
function items(): Tensor<'float32'> {
  const random = createRandom(1, 'items');
  const rows = Array.from({ length: ORDINARY }, () => {
    const z = Array.from({ length: LATENT }, () => random.uniform() - 0.5);
    return Array.from({ length: PIXELS }, (_, pixel) =>
      z.reduce((sum, value, pattern) => sum + 0.25 * value * patternAt(pattern, pixel), 0.5),
    );
  });
  const flat = [...rows.flat(), ...Array(PIXELS).fill(0), ...Array(PIXELS).fill(1)];
  return tensor(Float32Array.from(flat), [ROWS, PIXELS]);
}

function latents(): Tensor<'float32'> {
  const z = createRandom(2, 'latents').fillNormal(new Float32Array(ROWS * LATENT));
  return tensor(z, [ROWS, LATENT]);
}

function oneHot(rows: number): Tensor<'float32'> {
  const y = new Float32Array(2 * rows);
  for (let row = 0; row < rows; row++) y[2 * row + (row % 2)] = 1;
  return tensor(y, [rows, 2]);
}

/** x → normalised → Gemm → Relu of both signs → mean; log_var from the same units. */
function encoderModel(order: readonly number[]): Model {
  const g = new GraphBuilder('encoder');
  const x = g.input('x', 'float32', ['batch', PIXELS]);
  const each = (name: string, value: number) =>
    g.initializer(name, new Float32Array(PIXELS).fill(value), [PIXELS]);
  const normal = g.node(
    'BatchNormalization',
    [x, each('gain', 0.05), each('shift', 0), each('centre', 0.5), each('variance', 0.001)],
    { epsilon: { type: 'float', value: 0.0015 } },
  );
  const read = matrix(PIXELS, 2 * LATENT, (pixel, unit) => {
    const sign = unit < LATENT ? 1 : -1;
    return (sign * 4 * patternAt(order[unit % LATENT] as number, pixel)) / PIXELS;
  });
  const h = g.node(
    'Relu',
    [g.node('Gemm', [normal, g.initializer('w1', read, [PIXELS, 2 * LATENT])])],
    {},
    { name: 'units' },
  );
  const join = matrix(2 * LATENT, LATENT, (unit, z) =>
    unit % LATENT === z ? (unit < LATENT ? 1 : -1) : 0,
  );
  const spread = matrix(2 * LATENT, LATENT, () => -0.1);
  const w2 = g.initializer('w2', join, [2 * LATENT, LATENT]);
  const w3 = g.initializer('w3', spread, [2 * LATENT, LATENT]);
  const b3 = g.initializer('b3', new Float32Array(LATENT).fill(-4), [LATENT]);
  g.output(g.node('Gemm', [h, w2], {}, { output: 'mean' }), 'float32', ['batch', LATENT]);
  g.output(g.node('Gemm', [h, w3, b3], {}, { output: 'log_var' }), 'float32', ['batch', LATENT]);
  return g.build();
}

/** z → mean = 0.5 + ¼ Σ z · pattern; a condition adds nothing that matters. */
function decoderModel(order: readonly number[], labels: boolean): Model {
  const g = new GraphBuilder('decoder');
  let z = g.input('z', 'float32', ['batch', LATENT]);
  const paint = matrix(
    LATENT,
    PIXELS,
    (unit, pixel) => 0.25 * patternAt(order[unit] as number, pixel),
  );
  const square = g.initializer(
    'turn',
    matrix(LATENT, LATENT, (a, b) => (a === b ? 1 : a > b ? 0.01 : 0)),
    [LATENT, LATENT],
  );
  z = g.node('MatMul', [z, square]);
  const grey = g.initializer('grey', new Float32Array(PIXELS).fill(0.5), [PIXELS]);
  let mean = g.node('Gemm', [z, g.initializer('paint', paint, [LATENT, PIXELS]), grey]);
  if (labels) {
    const y = g.input('y', 'float32', ['batch', LABELS.length]);
    const shade = g.initializer('shade', new Float32Array(2 * PIXELS).fill(1e-3), [2, PIXELS]);
    mean = g.node('Add', [mean, g.node('MatMul', [y, shade])]);
  }
  g.output(g.node('Identity', [mean], {}, { output: 'mean' }), 'float32', ['batch', PIXELS]);
  return g.build();
}

function matrix(
  rows: number,
  columns: number,
  at: (row: number, column: number) => number,
): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, i) =>
    at(Math.floor(i / columns), i % columns),
  );
}

function cardOf(labels: boolean) {
  const made = fakeCard({
    item: [4, 4, 1],
    latent: { kind: 'gaussian', size: LATENT },
    likelihood: { kind: 'gaussian', sigma: 0.1 },
    ...(labels ? { labels: LABELS } : {}),
  });
  // Lengths and hashes are those of the files once they are written.
  const files = (graph: string) => ({
    fp32: { file: `${graph}.onnx`, bytes: 1, sha256: '' },
    fp16: { file: `${graph}.fp16.onnx`, bytes: 1, sha256: '' },
    int8: { file: `${graph}.int8.onnx`, bytes: 1, sha256: '' },
  });
  return {
    ...made,
    name: 'sound',
    family: labels ? 'cvae' : 'vae',
    graphs: {
      encoder: { ...made.graphs.encoder, files: files('encoder') },
      decoder: { ...made.graphs.decoder, files: files('decoder') },
    },
    golden: { file: GOLDEN_FILE, bytes: 1, sha256: '' },
    metrics: [] as object[],
    tolerance: { cpu: 1e-5, wasm: 1e-5, webgpu: 1e-3 },
  };
}

/** The bytes of every graph, by file name. */
export function graphBytes({ models }: Parts): Map<string, Uint8Array> {
  return new Map([...models].map(([file, model]) => [file, writeModel(model)]));
}

/** What ONNX Runtime makes of the golden inputs with the fp32 graphs as they are. */
export async function computeGolden(parts: Parts): Promise<Uint8Array> {
  const graphs: Record<string, { inputs: NamedTensors; outputs: NamedTensors }> = {};
  for (const [graph, inputs] of Object.entries(parts.inputs)) {
    const runner = await createRunner(writeModel(parts.models.get(`${graph}.onnx`) as Model), {
      threads: 1,
    });
    graphs[graph] = { inputs, outputs: await runner.run(inputs) };
    await runner.dispose();
  }
  return writeGolden({ graphs });
}

/** Writes a model's folder. Lengths and hashes on the card are made those of the files. */
export async function writeParts(
  folder: string,
  {
    card,
    files,
  }: { readonly card: Parts['card']; readonly files: ReadonlyMap<string, Uint8Array> },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const named = [
    ...Object.values(card.graphs ?? {}).flatMap((graph) =>
      Object.values((graph as { files: object }).files),
    ),
    card.golden,
  ];
  for (const file of named as ({ file: string; bytes: number; sha256: string } | undefined)[]) {
    const bytes = file && files.get(file.file);
    if (!file || !bytes) continue;
    file.bytes = bytes.length;
    file.sha256 = createHash('sha256').update(bytes).digest('hex');
  }
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  await writeFile(join(folder, 'model.json'), JSON.stringify(card, null, 2));
}
