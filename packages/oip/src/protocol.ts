import type { DType, GraphName } from '@latentkit/core';

/**
 * The Open Inference Protocol, version 2 (github.com/kserve/open-inference-protocol), as far as graphs of tensors
 * need it, and of Triton's extensions the ones for binary tensor data and for the configuration of a model.
 */

/** What the protocol calls each dtype. */
const DATATYPES: Readonly<Record<DType, string>> = {
  float32: 'FP32',
  float64: 'FP64',
  float16: 'FP16',
  int8: 'INT8',
  uint8: 'UINT8',
  int16: 'INT16',
  uint16: 'UINT16',
  int32: 'INT32',
  uint32: 'UINT32',
  int64: 'INT64',
  uint64: 'UINT64',
  bool: 'BOOL',
};

const DTYPES: ReadonlyMap<unknown, DType> = new Map(
  Object.entries(DATATYPES).map(([dtype, datatype]) => [datatype, dtype as DType]),
);

export const datatypeOf = (dtype: DType): string => DATATYPES[dtype];

/** Undefined for what no tensor of ours holds: BYTES, BF16. */
export const dtypeOf = (datatype: unknown): DType | undefined => DTYPES.get(datatype);

/** The header that says how many bytes of a body are its JSON: binary tensors follow. */
export const JSON_LENGTH = 'inference-header-content-length';

/** The media type of such a body. */
export const BINARY = 'application/octet-stream';

/** The parameter of a model's configuration that holds its card as JSON, here and in a repository of Triton's. */
export const CARD_PARAMETER = 'latentkit.card';

/** The name under which a server has a graph of a model. */
export const servedName = (model: string, graph: GraphName): string => `${model}-${graph}`;

/** A tensor of a request or an answer, without its data where they follow in the body. */
export interface TensorMessage {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly parameters?: { readonly binary_data_size?: number } | undefined;
  readonly data?: readonly unknown[] | undefined;
}

/** An input or output of a served model; −1 stands for a dimension that is open. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** What a server says of a model. */
export interface ModelMetadata {
  readonly name: string;
  readonly versions?: readonly string[] | undefined;
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}
