import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tensor } from '@latentkit/core';
import { GOLDEN_FILE, readGolden, writeGolden } from '@latentkit/core/runtime';
import {
  type Attribute,
  type Model,
  type Node,
  type TensorData,
  tensorFromArray,
  tensorToArray,
  toFloat16,
  toInt8,
} from '@latentkit/onnx';
import type { CheckId } from '../check.ts';
import type { GivenSettings } from '../config/settings.ts';
import type { ExportRun } from '../model/model-under-check.ts';
import { type Parts, soundParts } from './sound-model.ts';

/** A way in which a model can be wrong, and the check that must say so. */
export interface Fault {
  readonly name: string;
  readonly check: CheckId;
  /** Spoils the parts before they are written; golden outputs stay those of the sound model. */
  readonly spoil?: (parts: Parts) => void;
  /** Golden outputs are computed of the spoilt graphs: the fault is no difference from the golden values. */
  readonly golden?: 'anew';
  /** Spoils the files once the card has their hashes. */
  readonly after?: (folder: string, files: Map<string, Uint8Array>) => Promise<void> | void;
  /** Spoils bytes before the card has their hashes. */
  readonly bytes?: (files: Map<string, Uint8Array>) => void;
  /** Spoils what was recorded. */
  // biome-ignore lint/suspicious/noExplicitAny: faults break what its type promises.
  readonly record?: (record: any) => void;
  readonly settings?: GivenSettings;
  readonly exportRun?: ExportRun;
  /** A model with a condition. */
  readonly labels?: boolean;
  /** It is told as a warning. */
  readonly warns?: boolean;
}

const attrFloat = (value: number): Attribute => ({ type: 'float', value });
const attrInt = (value: bigint): Attribute => ({ type: 'int', value });
const attrInts = (value: bigint[]): Attribute => ({ type: 'ints', value });

const encoder = ({ models }: Parts) => models.get('encoder.onnx') as Model;
const decoder = ({ models }: Parts) => models.get('decoder.onnx') as Model;

const nodeOf = (model: Model, opType: string) =>
  model.graph.nodes.find((node) => node.opType === opType) as Node;

/** Changes the values of a constant, in place. */
function weights(model: Model, name: string, change: (values: Float32Array) => void): void {
  const weight = model.graph.initializers.get(name) as TensorData;
  const values = (tensorToArray(weight) as Float32Array).slice();
  change(values);
  model.graph.initializers.set(name, tensorFromArray(name, 'float32', values, weight.dims));
}

function scale(values: Float32Array, factor: (index: number) => number): void {
  for (const [i, value] of values.entries()) values[i] = factor(i) * value;
}

function node(
  opType: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, Attribute> = {},
  domain = '',
): Node {
  return {
    name: `added_${opType}`,
    opType,
    domain,
    inputs,
    outputs,
    attributes: new Map(Object.entries(attributes)),
    docString: '',
  };
}

/** Puts a node between what gave an output and the output. */
function after(
  model: Model,
  output: string,
  opType: string,
  inputs: string[] = [],
  attributes = {},
  domain = '',
): void {
  for (const each of model.graph.nodes) {
    each.outputs = each.outputs.map((name) => (name === output ? `${output}_before` : name));
  }
  model.graph.nodes.push(
    node(opType, [`${output}_before`, ...inputs], [output], attributes, domain),
  );
}

function constant(model: Model, name: string, tensor: TensorData): string {
  model.graph.initializers.set(name, { ...tensor, name });
  return name;
}

function fixBatch(model: Model, batch: number | string): void {
  for (const { type } of [...model.graph.inputs, ...model.graph.outputs]) {
    if (type.kind === 'tensor') type.shape = [batch, ...(type.shape?.slice(1) ?? [])];
  }
}

function renameValue(model: Model, from: string, to: string): void {
  const change = (name: string) => (name === from ? to : name);
  for (const each of model.graph.nodes) {
    each.inputs = each.inputs.map(change);
    each.outputs = each.outputs.map(change);
  }
  for (const info of [...model.graph.inputs, ...model.graph.outputs]) info.name = change(info.name);
}

const flipBit = (bytes: Uint8Array) =>
  bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte));

/** At least one for each check, none of which a look at the file's size and hash alone would find. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'a card that names a file of another folder',
    check: 'path/outside',
    spoil: ({ card }) => {
      card.graphs.encoder.files.fp32.file = '../encoder.onnx';
    },
  },
  {
    name: 'a graph that is a link out of the folder',
    check: 'path/outside',
    after: async (folder) => {
      await rename(join(folder, 'decoder.onnx'), join(folder, '..', 'decoder.onnx'));
      await symlink(join(folder, '..', 'decoder.onnx'), join(folder, 'decoder.onnx'));
    },
  },
  {
    name: 'a card that was not copied',
    check: 'card/present',
    after: (folder) => rm(join(folder, 'model.json')),
  },
  {
    name: 'a latent of another size than the outputs',
    check: 'card/valid',
    spoil: ({ card }) => {
      card.latent.size = 5;
    },
  },
  {
    name: 'a number of labels that the graphs do not take',
    check: 'card/valid',
    labels: true,
    spoil: ({ card }) => card.condition.labels.push('extra'),
  },
  {
    name: 'a hash of an earlier export',
    check: 'card/hash',
    after: async (folder, files) => write(folder, 'encoder.onnx', files.get('encoder.fp16.onnx')),
  },
  {
    name: 'one flipped bit',
    check: 'card/hash',
    after: async (folder, files) =>
      write(folder, 'encoder.onnx', flipBit(files.get('encoder.onnx') as Uint8Array)),
  },
  {
    name: 'a file that was half copied',
    check: 'card/hash',
    after: async (folder, files) =>
      write(folder, 'decoder.onnx', files.get('decoder.onnx')?.slice(0, -100)),
  },
  {
    name: 'a missing file',
    check: 'card/hash',
    after: (folder) => rm(join(folder, GOLDEN_FILE)),
  },
  {
    name: 'a graph left of an earlier export',
    check: 'card/extra-files',
    warns: true,
    bytes: (files) => files.set('encoder.old.onnx', files.get('encoder.onnx') as Uint8Array),
  },
  {
    name: 'a layout that is not the shape’s',
    check: 'card/item',
    spoil: ({ card }) => {
      card.item.layout = 'CHW';
      card.item.shape = [16, 1, 1];
    },
  },
  {
    name: 'a Bernoulli likelihood of values below 0',
    check: 'card/item',
    spoil: ({ card }) => {
      card.likelihood = { kind: 'bernoulli' };
      card.item.range = [-1, 1];
    },
  },
  {
    name: 'a wrong pixel scale',
    check: 'card/pixels',
    spoil: ({ card }) => {
      card.preprocessing.scale = 1;
    },
  },
  {
    name: 'a wrong pixel offset',
    check: 'card/pixels',
    spoil: ({ card }) => {
      card.preprocessing.offset = -0.5;
    },
  },
  {
    name: 'a tolerance that excuses anything',
    check: 'card/tolerance',
    spoil: ({ card }) => {
      card.tolerance.cpu = 10;
    },
  },
  {
    name: 'a tolerance below rounding',
    check: 'card/tolerance',
    spoil: ({ card }) => {
      card.tolerance.wasm = 1e-9;
    },
  },
  {
    name: 'a wrong item shape of the same size',
    check: 'card/contract',
    spoil: ({ card }) => {
      card.item.shape = [2, 8, 1];
    },
  },
  {
    name: 'other weights of grey',
    check: 'card/contract',
    spoil: ({ card }) => {
      card.preprocessing.grey = [1, 0, 0];
    },
  },
  {
    name: 'another σ of the likelihood',
    check: 'card/contract',
    spoil: ({ card }) => {
      card.likelihood.sigma = 1;
    },
  },
  {
    name: 'a label count that is not the graph’s',
    check: 'card/labels',
    labels: true,
    spoil: ({ card }) => {
      card.condition.labels = ['a', 'b', 'c'];
      card.graphs.decoder.inputs[1].shape = ['batch', 3];
    },
  },
  {
    name: 'a label named twice',
    check: 'card/labels',
    labels: true,
    spoil: ({ card }) => {
      card.condition.labels = ['low', 'low'];
    },
  },
  {
    name: 'a negative KL on the card',
    check: 'card/figures',
    spoil: ({ card }) => card.metrics.push(figure('test KL', -25)),
  },
  {
    name: 'an AUROC above 1 on the card',
    check: 'card/figures',
    spoil: ({ card }) => card.metrics.push(figure('AUROC', 85)),
  },
  {
    name: 'a reconstruction error that is not the model’s',
    check: 'card/figures',
    spoil: ({ card }) => card.metrics.push(figure('reconstruction MSE', 0.5)),
  },
  {
    name: 'a graph that is no ONNX',
    check: 'graph/readable',
    bytes: (files) => files.set('decoder.onnx', new TextEncoder().encode('<html>404</html>')),
  },
  {
    name: 'a node that uses what is not there',
    check: 'graph/structure',
    spoil: (parts) => {
      nodeOf(encoder(parts), 'Relu').inputs = ['nothing'];
    },
  },
  {
    name: 'a wrong declared shape of a value',
    check: 'graph/structure',
    spoil: (parts) => {
      const name = nodeOf(encoder(parts), 'Relu').outputs[0] as string;
      encoder(parts).graph.valueInfo.set(name, {
        name,
        type: { kind: 'tensor', dtype: 'float32', shape: ['batch', 3] },
        docString: '',
      });
    },
  },
  {
    name: 'weights in another file',
    check: 'graph/self-contained',
    spoil: (parts) => {
      const weight = encoder(parts).graph.initializers.get('w1') as TensorData;
      weight.external = { location: 'weights.data', offset: 0, length: weight.raw.length };
    },
  },
  {
    name: 'an extra input',
    check: 'graph/inputs',
    spoil: (parts) => {
      encoder(parts).graph.inputs.push({
        name: 'mask',
        type: { kind: 'tensor', dtype: 'float32', shape: ['batch', 1] },
        docString: '',
      });
    },
  },
  {
    name: 'a renamed input',
    check: 'graph/inputs',
    spoil: (parts) => renameValue(encoder(parts), 'x', 'input_1'),
  },
  {
    name: 'a renamed output',
    check: 'graph/outputs',
    spoil: (parts) => renameValue(encoder(parts), 'log_var', 'output_1'),
  },
  {
    name: 'an output of another width',
    check: 'graph/shape',
    spoil: ({ card }) => {
      card.latent.size = 3;
      card.graphs.encoder.outputs = ['mean', 'log_var'].map((name) => ({
        name,
        dtype: 'float32',
        shape: ['batch', 3],
      }));
      card.graphs.decoder.inputs[0].shape = ['batch', 3];
    },
  },
  {
    name: 'a flat input where the card says rows and columns',
    check: 'graph/shape',
    spoil: ({ card }) => {
      card.graphs.encoder.inputs[0].shape = ['batch', 4, 4, 1];
    },
  },
  {
    name: 'an input that nothing uses',
    check: 'graph/unused-input',
    spoil: (parts) => {
      const info = { name: 'eps', dtype: 'float32', shape: ['batch', 4] };
      parts.card.graphs.encoder.inputs.push(info);
      encoder(parts).graph.inputs.push({
        name: 'eps',
        type: { kind: 'tensor', dtype: 'float32', shape: ['batch', 4] },
        docString: '',
      });
      parts.inputs['encoder'] = {
        ...parts.inputs['encoder'],
        eps: tensor(new Float32Array(40), [10, 4]),
      };
    },
  },
  {
    name: 'an operator set that is not allowed',
    check: 'graph/opset',
    spoil: (parts) => void encoder(parts).opsets.set('', 12),
  },
  {
    name: 'another operator set than recorded',
    check: 'graph/opset',
    spoil: (parts) => void decoder(parts).opsets.set('', 18),
  },
  {
    name: 'an operator that ONNX Runtime has not',
    check: 'graph/strict',
    spoil: (parts) => {
      encoder(parts).opsets.set('com.example', 1);
      after(encoder(parts), 'mean', 'Soften', [], {}, 'com.example');
    },
  },
  {
    name: 'noise drawn inside the graph',
    check: 'operators/random',
    spoil: (parts) => {
      after(encoder(parts), 'mean', 'Add', ['noise']);
      encoder(parts).graph.nodes.splice(
        -1,
        0,
        node('RandomNormalLike', ['mean_before'], ['noise'], { scale: attrFloat(1e-9) }),
      );
    },
  },
  {
    name: 'a Dropout that trains',
    check: 'operators/random',
    spoil: (parts) => {
      const model = encoder(parts);
      constant(model, 'ratio', tensorFromArray('ratio', 'float32', [0], []));
      constant(model, 'training', tensorFromArray('training', 'bool', [1], []));
      after(model, 'mean', 'Dropout', ['ratio', 'training']);
    },
  },
  {
    name: 'an operator that the target has not',
    check: 'operators/target',
    settings: { targets: ['webgpu'] },
    spoil: (parts) => after(encoder(parts), 'mean', 'Celu', [], { alpha: attrFloat(1e9) }),
  },
  {
    name: 'an operator of somebody’s own',
    check: 'operators/target',
    settings: { targets: ['triton'] },
    spoil: (parts) => {
      encoder(parts).opsets.set('com.example', 1);
      after(encoder(parts), 'mean', 'Soften', [], {}, 'com.example');
    },
  },
  {
    name: 'NaN weights',
    check: 'weights/finite',
    spoil: (parts) => weights(encoder(parts), 'w1', (values) => values.fill(Number.NaN, 3, 4)),
  },
  {
    name: 'a weight that overflows in fp16',
    check: 'weights/finite',
    spoil: (parts) => {
      const half = toFloat16(encoder(parts)).model;
      const weight = [...half.graph.initializers.values()].find(
        ({ dims }) => dims.join() === '16,8',
      ) as TensorData;
      new DataView(weight.raw.buffer, weight.raw.byteOffset).setUint16(0, 0x7c00, true);
      parts.models.set('encoder.fp16.onnx', half);
    },
  },
  {
    name: 'huge weights',
    check: 'weights/magnitude',
    spoil: (parts) => weights(decoder(parts), 'grey', (values) => values.fill(1e6)),
  },
  {
    name: 'weights ridden with denormal numbers',
    check: 'weights/denormal',
    spoil: (parts) => weights(encoder(parts), 'w3', (values) => values.fill(1e-40, 0, 8)),
  },
  {
    name: 'a matrix that was never trained',
    check: 'weights/dead',
    warns: true,
    spoil: (parts) => weights(encoder(parts), 'w3', (values) => values.fill(0)),
  },
  {
    name: 'no golden values',
    check: 'golden/present',
    spoil: ({ card }) => {
      delete card.golden;
    },
  },
  {
    name: 'golden values that end in the middle',
    check: 'golden/present',
    bytes: (files) => {
      const [name, bytes] = [...files].find(([file]) => file.startsWith('golden')) as [
        string,
        Uint8Array,
      ];
      files.set(name, bytes.slice(0, bytes.length >> 1));
    },
  },
  {
    name: 'golden values of another model',
    check: 'golden/shapes',
    spoil: (parts) => {
      const info = { name: 'z', dtype: 'float32', shape: ['batch', 4] };
      parts.card.graphs.decoder.inputs = [
        info,
        { name: 'temperature', dtype: 'float32', shape: ['batch', 1] },
      ];
    },
  },
  {
    name: 'a card that lies on the range',
    check: 'golden/range',
    spoil: ({ card }) => {
      card.item.range = [0, 2];
      card.preprocessing.scale = 2 / 255;
    },
  },
  {
    name: 'golden values that are no numbers',
    check: 'golden/range',
    golden: 'anew',
    spoil: (parts) => {
      const z = parts.inputs['decoder']?.['z']?.data as Float32Array;
      z[0] = Number.POSITIVE_INFINITY;
    },
  },
  { name: 'a fixed batch', check: 'batch/declared', spoil: (parts) => fixBatch(encoder(parts), 1) },
  {
    name: 'a Reshape with the batch of the trace',
    check: 'batch/sizes',
    spoil: (parts) => {
      const to = constant(encoder(parts), 'to', tensorFromArray('to', 'int64', [10n, 4n], [2]));
      after(encoder(parts), 'mean', 'Reshape', [to]);
      for (const { type } of encoder(parts).graph.outputs) {
        if (type.kind === 'tensor') type.shape = [null, 4];
      }
    },
  },
  {
    name: 'a normalisation over the batch',
    check: 'batch/sizes',
    golden: 'anew',
    spoil: (parts) => {
      const model = encoder(parts);
      after(model, 'mean', 'Sub', ['centre_of_batch']);
      model.graph.nodes.splice(
        -1,
        0,
        node('ReduceMean', ['mean_before'], ['centre_of_batch'], {
          axes: attrInts([0n]),
          keepdims: attrInt(1n),
        }),
      );
    },
  },
  {
    name: 'swapped outputs',
    check: 'parity/cpu',
    spoil: (parts) => {
      const model = encoder(parts);
      renameValue(model, 'mean', 'other');
      renameValue(model, 'log_var', 'mean');
      renameValue(model, 'other', 'log_var');
      model.graph.outputs.reverse();
    },
  },
  {
    name: 'transposed weights',
    check: 'parity/cpu',
    spoil: (parts) =>
      weights(decoder(parts), 'turn', (values) => {
        const before = values.slice();
        for (let i = 0; i < 16; i++) values[i] = before[(i % 4) * 4 + (i >> 2)] as number;
      }),
  },
  {
    name: 'a wrong eps',
    check: 'parity/cpu',
    spoil: (parts) =>
      void nodeOf(encoder(parts), 'BatchNormalization').attributes.set('epsilon', attrFloat(0.001)),
  },
  {
    name: 'weights × 1.05',
    check: 'parity/cpu',
    spoil: (parts) => weights(decoder(parts), 'paint', (values) => scale(values, () => 1.05)),
  },
  {
    name: 'another activation',
    check: 'parity/cpu',
    spoil: (parts) => {
      nodeOf(encoder(parts), 'Relu').opType = 'Softplus';
    },
  },
  {
    name: 'a bias that was lost',
    check: 'parity/cpu',
    spoil: (parts) => void encoder(parts).graph.nodes.at(-1)?.inputs.pop(),
  },
  { name: 'altered golden values', check: 'parity/cpu-plain', bytes: alterGolden },
  {
    name: 'altered golden values, in WebAssembly',
    check: 'parity/wasm',
    settings: { devices: ['wasm'] },
    bytes: alterGolden,
  },
  {
    name: 'a run that has gone on since',
    check: 'export/same-bytes',
    settings: { run: 'runs/mine' },
    async exportRun({ outDir, card }) {
      await mkdir(outDir);
      const { file } = card.graphs.encoder.files.fp32;
      await writeFile(join(outDir, file), 'another training');
    },
  },
  {
    name: 'altered golden values, in a browser',
    check: 'parity/chromium',
    settings: { devices: ['chromium'] },
    bytes: alterGolden,
  },
  {
    name: 'altered golden values, on the WebGPU of a browser',
    check: 'parity/chromium-webgpu',
    settings: { devices: ['chromium-webgpu'] },
    bytes: alterGolden,
  },
  {
    name: 'fp16 graphs of another training',
    check: 'parity/fp16',
    spoil: (parts) =>
      void parts.models.set(
        'encoder.fp16.onnx',
        soundParts({ order: [2, 3, 0, 1] }).models.get('encoder.fp16.onnx') as Model,
      ),
  },
  {
    name: 'int8 weights of the wrong scale',
    check: 'parity/int8',
    spoil: (parts) => {
      const other = soundParts();
      weights(other.models.get('decoder.onnx') as Model, 'paint', (values) =>
        scale(values, () => 3),
      );
      parts.models.set(
        'decoder.int8.onnx',
        toInt8(other.models.get('decoder.onnx') as Model, { minElements: 0 }).model,
      );
    },
  },
  {
    name: 'an int8 that is further off than its card says',
    check: 'parity/int8',
    spoil: ({ card }) => {
      card.graphs.decoder.files.int8.error = 1e-6;
    },
  },
  {
    name: 'an exponential that overflows far out',
    check: 'outputs/finite',
    spoil: (parts) => {
      const model = decoder(parts);
      const far = constant(model, 'far', tensorFromArray('far', 'float32', [100], [1]));
      after(model, 'mean', 'Add', ['burst']);
      const last = model.graph.nodes.pop() as Node;
      model.graph.nodes.push(
        node('Mul', ['mean_before', far], ['scaled']),
        { ...node('Exp', ['scaled'], ['burst_large']) },
        { ...node('Log', ['burst_large'], ['burst']), name: 'log' },
        last,
      );
    },
  },
  {
    name: 'a variance that is given for its logarithm',
    check: 'latent/kl',
    golden: 'anew',
    spoil: (parts) => weights(encoder(parts), 'b3', (values) => values.fill(-60)),
  },
  {
    name: 'a posterior that has collapsed',
    check: 'latent/alive',
    golden: 'anew',
    spoil: (parts) => weights(encoder(parts), 'w2', (values) => values.fill(0)),
  },
  {
    name: 'a decoder of another encoder',
    check: 'pair/decoder',
    golden: 'anew',
    spoil: (parts) => {
      const other = soundParts({ order: [3, 2, 1, 0] }).models;
      for (const file of ['decoder.onnx', 'decoder.fp16.onnx', 'decoder.int8.onnx']) {
        parts.models.set(file, other.get(file) as Model);
      }
    },
  },
  {
    name: 'an int8 that has lost its neighbours',
    check: 'quality/recall',
    spoil: (parts) => {
      const model = parts.models.get('encoder.int8.onnx') as Model;
      const gone = constant(
        model,
        'gone',
        tensorFromArray('gone', 'float32', [1, 0, 0, 0], [1, 4]),
      );
      after(model, 'mean', 'Mul', [gone]);
    },
  },
  {
    name: 'an encoder that finds other neighbours than recorded',
    check: 'quality/recall',
    golden: 'anew',
    spoil: (parts) =>
      weights(encoder(parts), 'w2', (values) => scale(values, (i) => (i % 4 === 0 ? 30 : 1 / 30))),
  },
  {
    name: 'a decoder that has become worse',
    check: 'quality/reconstruction',
    golden: 'anew',
    spoil: (parts) => weights(decoder(parts), 'grey', (values) => values.fill(0.6)),
  },
  { name: 'graphs beyond their budget', check: 'budget/size', settings: { bytes: 1000 } },
  { name: 'an API that costs too much', check: 'budget/latency', settings: { latency: 0.001 } },
  {
    name: 'an encoder that has become slower',
    check: 'budget/slowdown',
    settings: { slowdown: 1.5 },
    record: (record) => {
      record.latency /= 1000;
    },
  },
];

function figure(name: string, value: number) {
  return { name, value, unit: 'nats', protocol: 'none', split: 'test', count: 1 };
}

/** One golden output of the encoder more by a hundredth. */
function alterGolden(files: Map<string, Uint8Array>): void {
  const [name, bytes] = [...files].find(([file]) => file.startsWith('golden')) as [
    string,
    Uint8Array,
  ];
  const values = readGolden(bytes, name);
  const mean = values.graphs.encoder?.outputs['mean']?.data as Float32Array;
  mean[5] = (mean[5] as number) + 0.01;
  files.set(name, writeGolden(values));
}

async function write(folder: string, file: string, bytes: Uint8Array | undefined): Promise<void> {
  await writeFile(join(folder, file), bytes ?? new Uint8Array());
}
