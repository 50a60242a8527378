import { type GraphRunner, type NamedTensors, sizeOf, type WholeCard } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { inferShapes, type Model, optimize, readModel, writeModel } from '@latentkit/onnx';
import { blockConvolutions } from '../../engines/onnx/blocked/block-convolutions.ts';
import { convolutionBlock } from '../../engines/onnx/blocked/convolution-block.ts';
import { readGraph } from '../model-folder.ts';
import { importanceGraph } from './importance-graph.ts';

/** What the largest value of the draws that go through the graph at a time may take: about what a core's cache holds. */
const CHUNK_BYTES = 2.5e6;
/** Draws at a time, where values are small. */
const CHUNK = 500;

/**
 * The log importance weights of draws for an item, by the graphs of a model: opened for the counts of draws that come,
 * since convolutions are put in blocks by the sizes of what they take.
 */
export class ImportanceWeights {
  readonly #model: Model;
  readonly #latentSize: number;
  readonly #block: number | undefined;
  readonly #runners = new Map<number, GraphRunner>();
  /** Draws that go through the graph fastest. */
  readonly drawsAtATime: number;

  private constructor(model: Model, latentSize: number, block: number | undefined) {
    this.#model = model;
    this.#latentSize = latentSize;
    this.#block = block;
    this.drawsAtATime = drawsAtATime(model);
  }

  /** @throws as {@link importanceGraph} does; IntegrityError; LatentkitError `not-found` */
  static async open(modelDir: string, card: WholeCard): Promise<ImportanceWeights> {
    const [encoder, decoder] = [
      readModel(await readGraph(modelDir, card, 'encoder')),
      readModel(await readGraph(modelDir, card, 'decoder')),
    ];
    const model = importanceGraph(card, encoder, decoder);
    return new ImportanceWeights(model, card.latent.size, await convolutionBlock(createRunner));
  }

  /**
   * @param item its `x` [1, itemSize], and `y` [1, labels] where the model wants one
   * @param eps [n, latentSize], n of one's choice
   * @returns ln p(x|z) + ln p(z) − ln q(z|x) of each draw, [n]
   */
  async of(item: NamedTensors, eps: Float32Array): Promise<Float32Array> {
    const dims = [eps.length / this.#latentSize, this.#latentSize];
    const runner = await this.#runnerFor(dims[0] as number);
    const { log_w } = await runner.run({ ...item, eps: { data: eps, dims, dtype: 'float32' } });
    return log_w?.data as Float32Array;
  }

  async dispose(): Promise<void> {
    for (const runner of this.#runners.values()) await runner.dispose();
    this.#runners.clear();
  }

  async #runnerFor(count: number): Promise<GraphRunner> {
    const open = this.#runners.get(count);
    if (open) return open;
    const model = forDraws(this.#model, count);
    const passes = this.#block === undefined ? [] : [blockConvolutions(this.#block), 'remove-dead'];
    // Between two short runs threads that spin keep the processor from whoever shares it, ourselves included.
    const runner = await createRunner(writeModel(optimize(model, { passes })), { spinning: false });
    this.#runners.set(count, runner);
    return runner;
  }
}

/** The graph for so many draws and no other number. */
function forDraws({ graph, ...model }: Model, count: number): Model {
  const inputs = graph.inputs.map((input) => {
    const { type } = input;
    if (input.name !== 'eps' || type.kind !== 'tensor') return input;
    return { ...input, type: { ...type, shape: [count, ...(type.shape ?? []).slice(1)] } };
  });
  return { ...model, graph: { ...graph, inputs } };
}

function drawsAtATime(model: Model): number {
  let largest = 1;
  for (const type of inferShapes(model).types.values()) {
    const [items, ...rest] = (type.kind === 'tensor' && type.shape) || [];
    const known = rest.filter((size) => typeof size === 'number');
    if (typeof items === 'string') largest = Math.max(largest, sizeOf(known));
  }
  return Math.max(1, Math.min(CHUNK, Math.floor(CHUNK_BYTES / (4 * largest))));
}
