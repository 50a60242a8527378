import type { NamedTensors, Tensor } from '@latentkit/core';
import {
  BINARY,
  binaryMessages,
  datatypeOf,
  JSON_LENGTH,
  readBody,
  readTensors,
  type TensorMessage,
  writeBody,
} from '@latentkit/oip';
import { type ServedGraph, VERSION } from '../models/served-graph.ts';
import { Fault } from './faults.ts';

/** The answer to an inference request: headers, and the body. */
export interface InferAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

interface WantedOutput {
  readonly name: string;
  readonly binary: boolean;
}

/**
 * Answers an inference request of the Open Inference Protocol, its tensors in JSON or binary.
 *
 * @param bytes the body
 * @param jsonLength the header that says how much of it is JSON
 * @throws Fault 400 for what is no such request; what {@link ServedGraph.run} throws
 */
export async function infer(
  graph: ServedGraph,
  bytes: Uint8Array,
  jsonLength: string | undefined,
  signal: AbortSignal,
): Promise<InferAnswer> {
  const { message, binary } = readBody(bytes, jsonLength, (fault) =>
    refuse(
      `${fault}; expected { "inputs": [{ "name", "datatype", "shape", "data" }] }, as GET /v2/models/${graph.name} says`,
    ),
  );
  const { id, parameters } = message;
  if (id !== undefined && typeof id !== 'string') refuse('its id is not a string');
  const inputs = readTensors('inputs', message['inputs'], binary, refuse);
  const wanted = wantedOutputs(graph, message['outputs'], flagOf(parameters, 'binary_data_output'));
  const names = wanted.map(({ name }) => name);
  graph.checkOutputs(names);
  const outputs = await graph.run(inputs, { wanted: names, signal });
  const head = {
    ...(id === undefined ? {} : { id }),
    model_name: graph.name,
    model_version: VERSION,
  };
  return answerOf(head, wanted, outputs);
}

function refuse(fault: string): never {
  throw new Fault(400, `The request is not one of the Open Inference Protocol: ${fault}.`);
}

function wantedOutputs(graph: ServedGraph, list: unknown, binary: boolean): WantedOutput[] {
  // None asked for by name is all, for Triton too.
  if (list === undefined || (Array.isArray(list) && list.length === 0)) {
    return graph.metadata.outputs.map(({ name }) => ({ name, binary }));
  }
  if (!Array.isArray(list)) refuse('outputs is not a list of outputs');
  return (list as readonly unknown[]).map((entry, i) => {
    const { name, parameters } = (entry ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string') return refuse(`outputs[${i}] has no name`);
    for (const unsupported of ['classification', 'shared_memory_region']) {
      if (Object.hasOwn(Object(parameters), unsupported)) {
        refuse(
          `outputs[${i}] asks for ${unsupported}, an extension that this server does not have`,
        );
      }
    }
    return { name, binary: flagOf(parameters, 'binary_data', binary) };
  });
}

function flagOf(parameters: unknown, name: string, otherwise = false): boolean {
  const flag = Object.hasOwn(Object(parameters), name)
    ? (parameters as Record<string, unknown>)[name]
    : otherwise;
  return typeof flag === 'boolean'
    ? flag
    : refuse(`the parameter ${name} is neither true nor false`);
}

function answerOf(
  head: object,
  wanted: readonly WantedOutput[],
  tensors: NamedTensors,
): InferAnswer {
  const binary = wanted
    .filter((output) => output.binary)
    .map(({ name }) => tensors[name] as Tensor);
  const messages = wanted.map(({ name, binary }): TensorMessage => {
    const tensor = tensors[name] as Tensor;
    if (binary) return binaryMessages({ [name]: tensor })[0] as TensorMessage;
    const { dtype, dims } = tensor;
    return { name, datatype: datatypeOf(dtype), shape: dims, data: numbersOf(name, tensor) };
  });
  const answer = { ...head, outputs: messages };
  if (binary.length === 0) {
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };
  }
  const { bytes, jsonLength } = writeBody(answer, binary);
  return { headers: { 'content-type': BINARY, [JSON_LENGTH]: String(jsonLength) }, body: bytes };
}

/** The elements of a tensor as JSON has them. */
function numbersOf(name: string, { data, dtype }: Tensor): readonly unknown[] {
  if (dtype === 'float16')
    throw new Fault(400, `'${name}' is of FP16, which JSON has no form for: ask for it as binary.`);
  if (dtype === 'bool') return Array.from(data as Uint8Array, Boolean);
  const numbers = Array.from(data as Float32Array, Number);
  // JSON has no infinity, and a client would read null as 0.
  if (numbers.every(Number.isFinite)) return numbers;
  throw new Fault(
    400,
    `'${name}' has values that are not finite, which JSON has no form for: ask for it as binary.`,
  );
}
