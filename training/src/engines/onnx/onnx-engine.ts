import { ArgumentError, DisposedError, type GraphRunner, type Tensor } from '@latentkit/core';
import { checkNames } from '@latentkit/core/runtime';
import { writeModel } from '@latentkit/onnx';
import { checkPositiveInteger } from '../../checks.ts';
import type { Trainable } from '../../families/family.ts';
import { checkRule } from '../../optimizers/check-rule.ts';
import { compileUpdateKernel } from '../../optimizers/update-kernel.ts';
import type { UpdateRule } from '../../optimizers/update-rule.ts';
import { checkBatch, checkClipNorm, checkStep } from '../check-inputs.ts';
import { checkState } from '../check-state.ts';
import { checkTrainable } from '../check-trainable.ts';
import type { Engine, EngineState, PlainTensor, StepInputs, Terms } from '../engine.ts';
import { convolutionBlock } from './blocked/convolution-block.ts';
import { ParameterMemory } from './parameter-memory.ts';
import { REPORT } from './report-on-request.ts';
import {
  gradientOf,
  TERMS,
  type TracedGraph,
  traceStep,
  traceTerms,
  updateOf,
} from './trace-step.ts';

export interface OnnxEngineOptions {
  readonly rule: UpdateRule;
  /** Opens a graph in ONNX Runtime: in Node, in a browser. */
  readonly open: (bytes: Uint8Array) => Promise<GraphRunner>;
  /** Items of the batches that most steps will have: the graph for them is made at once, others when they come. */
  readonly batchSize: number;
  /** Longest gradient, over all weights together, that is taken as it is (Pascanu et al. 2013, §3.2); no limit by default. */
  readonly clipNorm?: number | undefined;
}

const OPTIONS: Readonly<Record<keyof OnnxEngineOptions, true>> = {
  rule: true,
  open: true,
  batchSize: true,
  clipNorm: true,
};

/** A graph that was opened for batches of one size, with the tensors that its runs read and write. */
interface OpenGraph {
  readonly runner: GraphRunner;
  /** Weights, buffers and numbers of a step. */
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** A tensor of the state, wherever it is kept. */
interface StateEntry {
  readonly shape: readonly number[];
  read(): Float32Array;
  write(data: Float32Array): void;
}

/**
 * Runs training steps compiled: the loss and its gradients as one ONNX graph, traced from the objective
 * for each size of batch, and the optimiser as one WebAssembly loop over all weights, which lie in
 * memory that both share. The weights begin as the model's variables are; the variables stay as they are.
 *
 * @throws ArgumentError; ExportError `unsupported` for a model with operations that have no ONNX form
 */
export async function createOnnxEngine(
  name: string,
  trainable: Trainable,
  options: OnnxEngineOptions,
): Promise<Engine> {
  checkTrainable(trainable);
  checkNames(options, OPTIONS, '{ rule: adam(), open: createRunner, batchSize: 128 }');
  const { rule, open, batchSize, clipNorm } = options;
  checkRule(rule);
  if (typeof open !== 'function') throw new ArgumentError('open', 'a function', open);
  checkPositiveInteger('batchSize', batchSize, 2 ** 20);
  checkClipNorm(clipNorm);
  let disposed = false;
  const checkOpen = () => {
    if (disposed) throw new DisposedError(`The engine ${name}`);
  };
  let found: Promise<number | undefined> | undefined;
  const block = () => {
    found ??= convolutionBlock(open);
    return found;
  };
  const first = await traceStep(trainable, batchSize, { block });
  const layout = { transposed: first.transposed, block };
  const weights = trainable.weights.map(({ name, variable }) => ({
    name,
    shape: variable.shape,
    transposed: first.transposed.has(name),
  }));
  const memory = new ParameterMemory(weights, [WEIGHTS, GRADIENTS, ...rule.slots]);
  const kernel = compileUpdateKernel(rule, memory.memory, {
    weight: memory.pointer(WEIGHTS),
    gradient: memory.pointer(GRADIENTS),
    slots: rule.slots.map((slot) => memory.pointer(slot)),
    count: memory.length,
  });
  for (const { name, variable } of trainable.weights) {
    memory.write(WEIGHTS, name, await variable.data<'float32'>());
  }
  const buffers = new Map<string, PlainTensor>();
  for (const { name, variable } of trainable.buffers) {
    buffers.set(name, { shape: variable.shape, data: (await variable.data<'float32'>()).slice() });
  }

  /** Everything of a checkpoint under its name. */
  const named = new Map<string, StateEntry>();
  const inMemory = (run: string, { name, shape }: { name: string; shape: readonly number[] }) => ({
    shape,
    read: () => memory.read(run, name),
    write: (data: Float32Array) => memory.write(run, name, data),
  });
  for (const weight of weights) named.set(weight.name, inMemory(WEIGHTS, weight));
  for (const [name, { shape, data }] of buffers) {
    named.set(name, { shape, read: () => data.slice(), write: (values) => data.set(values) });
  }
  for (const slot of rule.slots) {
    for (const weight of weights) named.set(`${slot}/${weight.name}`, inMemory(slot, weight));
  }

  const scalars = { beta: new Float32Array(1), capacity: new Float32Array(1) };
  const report = new Uint8Array(1);
  const terms = Object.fromEntries(TERMS.map((term) => [term, scalarTensor(new Float32Array(1))]));
  const readTerms = () =>
    Object.fromEntries(
      TERMS.map((term) => [term, (terms[term] as Tensor).data[0]]),
    ) as unknown as Terms;

  const openGraph = async (
    traced: TracedGraph,
    inputs: Record<string, Tensor>,
    outputs: Record<string, Tensor>,
  ) => {
    const state = [...traced.reads].map((key) => [
      key,
      toTensor(buffers.get(key) ?? memory.view(WEIGHTS, key)),
    ]);
    return {
      runner: await open(writeModel(traced.model)),
      feeds: {
        ...Object.fromEntries(state),
        beta: scalarTensor(scalars.beta),
        capacity: scalarTensor(scalars.capacity),
        ...inputs,
      },
      outputs: { ...terms, ...outputs },
    };
  };
  const stepGraphs = new GraphCache(async (count) => {
    const gradients = weights.map(({ name }) => [
      gradientOf(name),
      toTensor(memory.view(GRADIENTS, name)),
    ]);
    // Written into copies: a buffer's new value may not take the place of the old one while that is read.
    const traced = count === batchSize ? first : await traceStep(trainable, count, layout);
    const updates = traced.updates.map((name) => {
      const { shape, data } = buffers.get(name) as PlainTensor;
      return [updateOf(name), toTensor({ shape, data: data.slice() })];
    });
    const outputs = Object.fromEntries([...gradients, ...updates]) as Record<string, Tensor>;
    const inputs: Record<string, Tensor> = { [REPORT]: { data: report, dims: [], dtype: 'bool' } };
    return openGraph(traced, inputs, outputs);
  });
  const termGraphs = new GraphCache(async (count) =>
    openGraph(await traceTerms(trainable, count, layout), {}, {}),
  );

  const run = async (graph: OpenGraph, count: number, batch: BatchInputs) => {
    scalars.beta[0] = batch.beta;
    scalars.capacity[0] = batch.capacity ?? 0;
    const { itemSize, labels, noiseSize } = trainable;
    const rows = (data: Float32Array, size: number): Tensor => ({
      data,
      dims: [count, size],
      dtype: 'float32',
    });
    await graph.runner.run(
      {
        ...graph.feeds,
        items: rows(batch.items, itemSize),
        ...(labels > 0 ? { labels: rows(batch.labels as Float32Array, labels) } : {}),
        ...(noiseSize > 0 ? { noise: rows(batch.noise, noiseSize) } : {}),
      },
      { outputs: graph.outputs },
    );
  };

  const update = async (inputs: StepInputs, reported: boolean) => {
    checkOpen();
    const count = checkStep(trainable, inputs);
    const graph = await stepGraphs.get(count);
    report[0] = Number(reported);
    await run(graph, count, inputs);
    const scale = clipNorm === undefined ? 1 : gradientScale(clipNorm);
    kernel.update(scale, rule.ratesAt(inputs.learningRate, inputs.step));
    if (inputs.step % DROP_EVERY === 0) kernel.dropNegligible();
    for (const name of first.updates) {
      const next = graph.outputs[updateOf(name)] as Tensor;
      buffers.get(name)?.data.set(next.data as Float32Array);
    }
  };

  return {
    name,
    async step(inputs: StepInputs) {
      await update(inputs, true);
      return readTerms();
    },
    update: (inputs: StepInputs) => update(inputs, false),
    async evaluate(inputs) {
      checkOpen();
      const count = checkBatch(trainable, inputs);
      const { items, noise, labels } = inputs;
      await run(await termGraphs.get(count), count, { items, noise, labels, beta: 1 });
      return readTerms();
    },
    async readState() {
      checkOpen();
      return new Map([...named].map(([key, { shape, read }]) => [key, { shape, data: read() }]));
    },
    writeState(state: EngineState) {
      checkOpen();
      checkState(named, state);
      for (const [key, { write }] of named) write((state.get(key) as PlainTensor).data);
    },
    async dispose() {
      disposed = true;
      await stepGraphs.dispose();
      await termGraphs.dispose();
    },
  };

  function gradientScale(limit: number): number {
    const norm = Math.sqrt(kernel.gradientSquares());
    return norm > limit ? limit / norm : 1;
  }
}

const WEIGHTS = 'weights';
const GRADIENTS = 'gradients';
/**
 * Steps between two passes that drop negligible averages: a number that decays by a tenth in each step
 * takes 180 steps from there to the denormals. Counted by the step, so that a resumed run does the same.
 */
const DROP_EVERY = 16;

type BatchInputs = Pick<StepInputs, 'items' | 'labels' | 'noise' | 'beta' | 'capacity'>;

/** Graphs by batch size: the common one, and that of the rest at the end of an epoch. */
class GraphCache {
  readonly #graphs = new Map<number, Promise<OpenGraph>>();
  readonly #open: (count: number) => Promise<OpenGraph>;

  constructor(open: (count: number) => Promise<OpenGraph>) {
    this.#open = open;
  }

  get(count: number): Promise<OpenGraph> {
    let graph = this.#graphs.get(count);
    if (!graph) {
      graph = this.#open(count);
      this.#graphs.set(count, graph);
    }
    return graph;
  }

  async dispose(): Promise<void> {
    const graphs = [...this.#graphs.values()];
    this.#graphs.clear();
    for (const graph of graphs)
      await graph.then(
        ({ runner }) => runner.dispose(),
        () => {},
      );
  }
}

function toTensor({ shape, data }: PlainTensor): Tensor {
  return { data, dims: shape, dtype: 'float32' };
}

function scalarTensor(data: Float32Array): Tensor {
  return { data, dims: [], dtype: 'float32' };
}
