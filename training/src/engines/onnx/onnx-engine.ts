import type { GraphRunner, Tensor } from '@latentkit/core';
import { writeModel } from '@latentkit/onnx';
import type { Terms } from '../../events.ts';
import type { Trainable } from '../../families/family.ts';
import { compileUpdateKernel } from '../../optimizers/update-kernel.ts';
import type { UpdateRule } from '../../optimizers/update-rule.ts';
import { checkState } from '../check-state.ts';
import type { Engine, EngineState, PlainTensor, StepInputs } from '../engine.ts';
import { ParameterMemory } from './parameter-memory.ts';
import { gradientOf, type TracedGraph, traceStep, traceTerms, updateOf } from './trace-step.ts';

export interface OnnxEngineOptions {
  readonly rule: UpdateRule;
  /** Opens a graph in ONNX Runtime: in Node, in a browser. */
  readonly open: (bytes: Uint8Array) => Promise<GraphRunner>;
  /** Longest gradient, over all weights together, that is taken as it is (Pascanu et al. 2013, §3.2); no limit by default. */
  readonly clipNorm?: number | undefined;
}

/** A graph that was opened for batches of one size, with the tensors that its runs read and write. */
interface OpenGraph {
  readonly runner: GraphRunner;
  /** Weights, buffers and numbers of a step. */
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/**
 * Runs training steps compiled: the loss and its gradients as one ONNX graph, traced from the objective
 * at the first batch of each size, and the optimiser as one WebAssembly loop over all weights, which
 * lie in memory that both share.
 */
export async function createOnnxEngine(
  name: string,
  trainable: Trainable,
  { rule, open, clipNorm }: OnnxEngineOptions,
): Promise<Engine> {
  const weights = trainable.weights.map(({ name, variable }) => ({ name, shape: variable.shape }));
  const memory = new ParameterMemory(weights, [WEIGHTS, GRADIENTS, ...rule.slots]);
  const kernel = compileUpdateKernel(rule, memory.memory);
  const pointers = {
    weight: memory.pointer(WEIGHTS),
    gradient: memory.pointer(GRADIENTS),
    slots: rule.slots.map((slot) => memory.pointer(slot)),
  };
  const buffers = new Map<string, PlainTensor>();
  for (const { name, variable } of trainable.weights) {
    memory.view(WEIGHTS, name).data.set(await variable.data<'float32'>());
  }
  for (const { name, variable } of trainable.buffers) {
    buffers.set(name, { shape: variable.shape, data: (await variable.data<'float32'>()).slice() });
  }

  /** Everything of a checkpoint under its name; views, not copies. */
  const named = new Map<string, PlainTensor>();
  for (const { name } of weights) named.set(name, memory.view(WEIGHTS, name));
  for (const [name, buffer] of buffers) named.set(name, buffer);
  for (const slot of rule.slots) {
    for (const { name } of weights) named.set(`${slot}/${name}`, memory.view(slot, name));
  }

  const scalars = { beta: new Float32Array(1), capacity: new Float32Array(1) };
  const terms = Object.fromEntries(TERMS.map((term) => [term, scalarTensor(new Float32Array(1))]));
  const readTerms = () =>
    Object.fromEntries(
      TERMS.map((term) => [term, (terms[term] as Tensor).data[0]]),
    ) as unknown as Terms;

  const openGraph = async (traced: TracedGraph, outputs: Record<string, Tensor>) => {
    const state = [...traced.reads].map((key) => [key, toTensor(named.get(key) as PlainTensor)]);
    return {
      runner: await open(writeModel(traced.model)),
      feeds: {
        ...Object.fromEntries(state),
        beta: scalarTensor(scalars.beta),
        capacity: scalarTensor(scalars.capacity),
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
    const updates = [...buffers].map(([name, { shape, data }]) => [
      updateOf(name),
      toTensor({ shape, data: data.slice() }),
    ]);
    const outputs = Object.fromEntries([...gradients, ...updates]) as Record<string, Tensor>;
    return openGraph(await traceStep(trainable, count), outputs);
  });
  const termGraphs = new GraphCache(async (count) =>
    openGraph(await traceTerms(trainable, count), {}),
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

  return {
    name,
    async step(inputs: StepInputs) {
      const count = inputs.items.length / trainable.itemSize;
      const graph = await stepGraphs.get(count);
      await run(graph, count, inputs);
      const scale = clipNorm === undefined ? 1 : gradientScale(clipNorm);
      kernel.update(pointers, memory.length, scale, rule.ratesAt(inputs.learningRate, inputs.step));
      for (const [name, { data }] of buffers) {
        data.set((graph.outputs[updateOf(name)] as Tensor).data as Float32Array);
      }
      return readTerms();
    },
    async evaluate({ items, noise, labels }) {
      const count = items.length / trainable.itemSize;
      await run(await termGraphs.get(count), count, { items, noise, labels, beta: 1 });
      return readTerms();
    },
    async readState() {
      const copy = ({ shape, data }: PlainTensor) => ({ shape, data: data.slice() });
      return new Map([...named].map(([key, tensor]) => [key, copy(tensor)]));
    },
    writeState(state: EngineState) {
      checkState(named, state);
      for (const [key, { data }] of named) data.set((state.get(key) as PlainTensor).data);
    },
    async dispose() {
      await stepGraphs.dispose();
      await termGraphs.dispose();
    },
  };

  function gradientScale(limit: number): number {
    const norm = Math.sqrt(kernel.sumOfSquares(pointers.gradient, memory.length));
    return norm > limit ? limit / norm : 1;
  }
}

const WEIGHTS = 'weights';
const GRADIENTS = 'gradients';
const TERMS = ['loss', 'reconstruction', 'kl'] as const;

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
