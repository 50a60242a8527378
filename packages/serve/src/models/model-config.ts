import type { GraphInterface, ModelCard, TensorInfo } from '@latentkit/core';
import { CARD_PARAMETER, datatypeOf } from '@latentkit/oip';

/**
 * The configuration of a model in Triton's form (ModelConfig in github.com/triton-inference-server/common,
 * protobuf/model_config.proto), under the names of its fields.
 */
export interface ModelConfig {
  readonly name: string;
  readonly platform: 'onnxruntime_onnx';
  /** The most rows of a batch; 0 where the graph has none. */
  readonly max_batch_size: number;
  readonly input: readonly TensorConfig[];
  readonly output: readonly TensorConfig[];
  readonly dynamic_batching?: {
    readonly max_queue_delay_microseconds: number;
    readonly default_queue_policy: { readonly max_queue_size: number };
  };
  readonly parameters: Readonly<Record<string, { readonly string_value: string }>>;
}

export interface TensorConfig {
  readonly name: string;
  readonly data_type: `TYPE_${string}`;
  /** Without the dimension of the batch, where there is one; −1 for one that is open. */
  readonly dims: readonly number[];
  /** What the graph has in the place of `dims`: one number a row has no dimension of its own there. */
  readonly reshape?: { readonly shape: readonly number[] };
}

export interface BatchingOptions {
  readonly maxBatch: number;
  readonly maxDelayMs: number;
  readonly maxQueue: number;
}

/** Whether every input and output has a row for each item. */
export function isBatched({
  inputs,
  outputs,
}: Pick<GraphInterface, 'inputs' | 'outputs'>): boolean {
  return [...inputs, ...outputs].every(({ shape: [rows] }) => typeof rows === 'string');
}

/** The configuration of one graph of a model, with the model's card among its parameters. */
export function modelConfig(
  name: string,
  card: ModelCard,
  graph: Pick<GraphInterface, 'inputs' | 'outputs'>,
  { maxBatch, maxDelayMs, maxQueue }: BatchingOptions,
): ModelConfig {
  const batched = isBatched(graph);
  const tensors = (infos: readonly TensorInfo[]) =>
    infos.map((info) => tensorConfig(info, batched));
  return {
    name,
    platform: 'onnxruntime_onnx',
    max_batch_size: batched ? maxBatch : 0,
    input: tensors(graph.inputs),
    output: tensors(graph.outputs),
    ...(batched
      ? {
          dynamic_batching: {
            max_queue_delay_microseconds: Math.round(1000 * maxDelayMs),
            default_queue_policy: { max_queue_size: maxQueue },
          },
        }
      : {}),
    parameters: { [CARD_PARAMETER]: { string_value: JSON.stringify(card) } },
  };
}

function tensorConfig({ name, dtype, shape }: TensorInfo, batched: boolean): TensorConfig {
  const dims = (batched ? shape.slice(1) : shape).map((dim) =>
    typeof dim === 'number' ? dim : -1,
  );
  const data_type = `TYPE_${datatypeOf(dtype)}` as const;
  return dims.length > 0
    ? { name, data_type, dims }
    : { name, data_type, dims: [1], reshape: { shape: [] } };
}
