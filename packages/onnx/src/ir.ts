import type { DType } from './dtype.ts';

/**
 * The in-memory form of an ONNX model: plain mutable objects, so that a pass reads like the graph
 * surgery that it is. Names connect nodes, as in ONNX itself; `''` stands for an omitted optional
 * input or output.
 */
export interface Model {
  irVersion: number;
  /** Operator sets by domain; `''` is ONNX's own. */
  opsets: Map<string, number>;
  producerName: string;
  producerVersion: string;
  domain: string;
  modelVersion: number;
  docString: string;
  metadata: Map<string, string>;
  graph: Graph;
}

export interface Graph {
  name: string;
  docString: string;
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  /** Declared types of intermediate values, by name (ONNX's `value_info`). */
  valueInfo: Map<string, ValueInfo>;
  /** Constants by name, in file order. */
  initializers: Map<string, TensorData>;
  nodes: Node[];
}

export interface Node {
  name: string;
  opType: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
  docString: string;
}

/** A fixed size, a named dimension (`'batch'`), or null where nothing is known. */
export type Dim = number | string | null;

export interface ValueInfo {
  name: string;
  type: ValueType;
  docString: string;
}

export type ValueType =
  | { kind: 'tensor'; dtype: DType /** null: unknown rank */; shape: Dim[] | null }
  | { kind: 'sequence'; element: ValueType | null }
  | { kind: 'optional'; element: ValueType | null }
  | { kind: 'map'; key: DType; value: ValueType | null }
  /** No type given: only inputs and outputs of subgraphs may leave theirs to inference. */
  | { kind: 'unknown' };

/**
 * A constant tensor. `raw` holds the elements little-endian in row-major order (one byte per bool);
 * a string tensor keeps its values in `strings`. `external` is set while the bytes lie in another file.
 */
export interface TensorData {
  name: string;
  dtype: DType;
  dims: number[];
  raw: Uint8Array;
  strings?: string[];
  external?: ExternalLocation;
  docString?: string;
}

export interface ExternalLocation {
  /** Path relative to the model file's folder, never outside it. */
  location: string;
  offset: number;
  length: number;
  /** SHA-1 of the whole file in hexadecimal digits, where the writer gave it. */
  checksum?: string;
}

export type Attribute = AttributeValue & { docString?: string };

export type AttributeValue =
  | { type: 'float'; value: number }
  | { type: 'int'; value: bigint }
  | { type: 'string'; value: Uint8Array }
  | { type: 'tensor'; value: TensorData }
  | { type: 'graph'; value: Graph }
  | { type: 'floats'; value: number[] }
  | { type: 'ints'; value: bigint[] }
  | { type: 'strings'; value: Uint8Array[] }
  | { type: 'tensors'; value: TensorData[] }
  | { type: 'graphs'; value: Graph[] }
  | { type: 'typeProto'; value: ValueType };
