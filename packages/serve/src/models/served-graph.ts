import {
  type GraphRunner,
  InputError,
  LatentkitError,
  type ModelCard,
  type NamedTensors,
  type Tensor,
  type TensorInfo,
} from '@latentkit/core';
import { datatypeOf, type ModelMetadata, type TensorMetadata } from '@latentkit/oip';
import { Batcher, type BatchReport } from '../batching/batcher.ts';
import type { Slots } from '../batching/slots.ts';
import { checkFinite } from './check-finite.ts';
import { checkIndices } from './check-indices.ts';
import { type BatchingOptions, isBatched, type ModelConfig, modelConfig } from './model-config.ts';

/** The one version of each model: that which the server was started with. */
export const VERSION = '1';

export interface GraphToServe {
  readonly name: string;
  readonly card: ModelCard;
  /** Its inputs and outputs as the card has them. */
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly runner: GraphRunner;
  readonly slots: Slots;
}

/** One graph of a model, under a name of its own: what the protocol calls a model. */
export class ServedGraph {
  readonly name: string;
  readonly metadata: ModelMetadata;
  readonly config: ModelConfig;
  readonly batcher: Batcher;
  readonly #maxBatch: number;
  readonly #card: ModelCard;

  constructor(
    graph: GraphToServe,
    batching: BatchingOptions,
    onBatch: (name: string, batch: BatchReport) => void,
  ) {
    const { name, card, runner, slots } = graph;
    this.name = name;
    this.#maxBatch = batching.maxBatch;
    this.#card = card;
    const joins = isBatched(graph);
    this.config = modelConfig(name, card, graph, batching);
    this.metadata = {
      name,
      versions: [VERSION],
      platform: this.config.platform,
      inputs: graph.inputs.map((info) => metadataOf(info, joins)),
      outputs: graph.outputs.map((info) => metadataOf(info, joins)),
    };
    this.batcher = new Batcher(runner, slots, {
      ...batching,
      name,
      joins,
      onBatch: (batch) => onBatch(name, batch),
    });
  }

  /** @throws InputError for outputs that the graph does not have */
  checkOutputs(wanted: readonly string[]): void {
    const names = this.metadata.outputs.map(({ name }) => name);
    const unknown = wanted.find((name) => !names.includes(name));
    if (unknown === undefined && new Set(wanted).size === wanted.length) return;
    throw new InputError(
      'outputs',
      `names out of ${names.join(', ')}, each once`,
      wanted.join(', '),
    );
  }

  /**
   * Runs inputs, in a batch with those of others.
   *
   * @throws InputError for inputs that the graph does not take; LatentkitError `too-large`; what {@link Batcher.run} throws
   */
  async run(
    inputs: NamedTensors,
    options: { readonly wanted: readonly string[]; readonly signal: AbortSignal },
  ): Promise<NamedTensors> {
    const rows = this.#checkInputs(inputs);
    checkIndices(this.#card, inputs);
    checkFinite(inputs);
    const feeds = this.#reshaped(inputs, this.config.input);
    return this.#shown(await this.batcher.run(feeds, rows, options));
  }

  #checkInputs(inputs: NamedTensors): number {
    const names = this.metadata.inputs.map(({ name }) => name);
    const unknown = Object.keys(inputs).find((name) => !names.includes(name));
    if (unknown !== undefined) throw new InputError('inputs', names.join(', '), `'${unknown}'`);
    let rows: number | undefined;
    for (const { name, datatype, shape } of this.metadata.inputs) {
      const input = inputs[name];
      const wanted = `${datatype} [${shape.join(', ')}]`;
      if (!input) throw new InputError(`input '${name}'`, wanted, 'nothing');
      const { dims, dtype } = input;
      const fits =
        datatypeOf(dtype) === datatype &&
        dims.length === shape.length &&
        dims.every((dim, axis) => dim > 0 && (shape[axis] === -1 || shape[axis] === dim));
      if (!fits) {
        throw new InputError(
          `input '${name}'`,
          wanted,
          `${datatypeOf(dtype)} [${dims.join(', ')}]`,
        );
      }
      rows ??= dims[0] as number;
      if (this.config.max_batch_size > 0 && dims[0] !== rows) {
        throw new InputError(`input '${name}'`, `${rows} rows, as the others`, `${dims[0]}`);
      }
    }
    const count = rows ?? 1;
    if (this.config.max_batch_size > 0 && count > this.#maxBatch) {
      throw new LatentkitError(
        'too-large',
        `A request may have ${this.#maxBatch} rows, received ${count}. Split it, or raise maxBatch (--max-batch).`,
      );
    }
    return count;
  }

  /** One number a row is [n] to the graph, and [n, 1] to the outside. */
  #reshaped(tensors: NamedTensors, configs: ModelConfig['input']): NamedTensors {
    if (!configs.some(({ reshape }) => reshape)) return tensors;
    return Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => {
        const isFlat = configs.some((config) => config.name === name && config.reshape);
        return [name, isFlat ? ({ ...tensor, dims: tensor.dims.slice(0, 1) } as Tensor) : tensor];
      }),
    );
  }

  #shown(outputs: NamedTensors): NamedTensors {
    const flat = this.config.output.filter(({ reshape }) => reshape).map(({ name }) => name);
    if (flat.length === 0) return outputs;
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [
        name,
        flat.includes(name) ? ({ ...tensor, dims: [...tensor.dims, 1] } as Tensor) : tensor,
      ]),
    );
  }
}

function metadataOf({ name, dtype, shape }: TensorInfo, batched: boolean): TensorMetadata {
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : -1));
  return {
    name,
    datatype: datatypeOf(dtype),
    shape: batched && dims.length === 1 ? [...dims, 1] : dims,
  };
}
