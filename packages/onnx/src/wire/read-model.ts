import { OnnxError } from '../errors.ts';
import { checkChoice, checkOptions, isBytes, refuse } from '../form.ts';
import type { ExternalLocation, Model, TensorData } from '../ir.ts';
import { allTensors } from '../walk.ts';
import { decodeGraph, normalDomain, type OnDuplicate } from './decode-graph.ts';
import { inlineFunctions } from './inline-functions.ts';
import { otherKind } from './other-kinds.ts';
import { onnx, type proto, toNumber } from './proto.ts';
import { scanWire } from './wire-scan.ts';

export interface ReadOptions {
  /**
   * Gives the bytes of a tensor that lies outside the model, exactly `length` of them. Without it such
   * tensors keep their `external` location and an empty `raw`.
   */
  resolveExternal?: (location: ExternalLocation, tensor: TensorData) => Uint8Array;
  /**
   * Notes that inference does not read and `Model` does not keep (metadata of nodes, quantization
   * annotations, denotations): `drop` (the default) or `refuse`.
   */
  annotations?: 'refuse' | 'drop';
}

/**
 * Reads an ONNX file; calls of functions that are its own are expanded. The tensors' bytes are views of `bytes` where the file keeps them raw, so
 * `bytes` must not change while the model is in use. Reading is not checking: see `checkModel`.
 *
 * @throws OnnxError `malformed`, `unsupported`, `duplicate`, `limit`, `external-data` or `invalid-argument`
 */
export function readModel(bytes: Uint8Array, options: ReadOptions = {}): Model {
  return readModelNoting(bytes, options, (what, name) => {
    throw new OnnxError('duplicate', `Two entries are named "${name}": ${what}.`);
  });
}

/** As readModel, but goes on after duplicates: the last one stays. */
export function readModelNoting(
  bytes: Uint8Array,
  options: ReadOptions,
  onDuplicate: OnDuplicate,
): Model {
  if (!isBytes(bytes)) {
    throw new OnnxError(
      'invalid-argument',
      `readModel expects the bytes of a model as a Uint8Array, got ${typeof bytes}.`,
    );
  }
  checkReadOptions(options);
  if (bytes.length === 0) throw new OnnxError('malformed', 'Not an ONNX model: no bytes at all.');
  // A plain view, so that slices are Uint8Arrays in Node too and share nothing with Buffer's pool rules.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  scan(plain, options);
  const message = decodeMessage(plain);
  inlineFunctions(message);
  const model = decodeModel(message, onDuplicate);
  const { resolveExternal } = options;
  if (resolveExternal) {
    for (const tensor of allTensors(model.graph)) resolve(tensor, resolveExternal);
  }
  return model;
}

function checkReadOptions(options: ReadOptions): void {
  checkOptions(options, 'The options', ['resolveExternal', 'annotations']);
  const { resolveExternal, annotations } = options;
  checkChoice('annotations', annotations, ['drop', 'refuse']);
  if (resolveExternal !== undefined && typeof resolveExternal !== 'function') {
    refuse('resolveExternal', 'a function', resolveExternal);
  }
}

/** As scanWire, but what is another file altogether is told by what it is. */
function scan(bytes: Uint8Array, { annotations = 'drop' }: ReadOptions): void {
  try {
    scanWire(bytes, 'ModelProto', { annotations });
  } catch (cause) {
    const other = otherKind(bytes);
    if (other === undefined) throw cause;
    throw new OnnxError('malformed', `Not an ONNX model, but ${other}.`, { cause });
  }
}

function decodeMessage(bytes: Uint8Array): proto.IModelProto {
  try {
    return onnx.ModelProto.decode(bytes);
  } catch (cause) {
    throw new OnnxError('malformed', `Not an ONNX model: ${String(cause)}.`, { cause });
  }
}

function decodeModel(message: proto.IModelProto, onDuplicate: OnDuplicate): Model {
  if (!message.graph) throw new OnnxError('malformed', 'Not an ONNX model: it has no graph.');
  const model: Model = {
    irVersion: safe(toNumber(message.irVersion), 'ir_version'),
    opsets: new Map(),
    producerName: message.producerName ?? '',
    producerVersion: message.producerVersion ?? '',
    domain: message.domain ?? '',
    modelVersion: safe(toNumber(message.modelVersion), 'model_version'),
    docString: message.docString ?? '',
    metadata: new Map(),
    graph: decodeGraph(message.graph, onDuplicate),
  };
  for (const opset of message.opsetImport ?? []) {
    const domain = normalDomain(opset.domain);
    if (model.opsets.has(domain)) onDuplicate('operator set import', domain);
    model.opsets.set(domain, safe(toNumber(opset.version), 'an operator set version'));
  }
  for (const { key, value } of message.metadataProps ?? []) {
    if (model.metadata.has(key ?? '')) onDuplicate('metadata key', key ?? '');
    model.metadata.set(key ?? '', value ?? '');
  }
  return model;
}

function safe(value: number, what: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw new OnnxError('malformed', `The model has ${value} as ${what}.`);
}

function resolve(
  tensor: TensorData,
  resolveExternal: NonNullable<ReadOptions['resolveExternal']>,
): void {
  if (!tensor.external) return;
  const raw = resolveExternal(tensor.external, tensor);
  if (!isBytes(raw)) refuse('What resolveExternal gives', 'a Uint8Array', raw);
  if (raw.length !== tensor.external.length) {
    throw new OnnxError(
      'external-data',
      `The tensor "${tensor.name}" needs ${tensor.external.length} bytes of "${tensor.external.location}", got ${raw.length}.`,
    );
  }
  tensor.raw = raw;
  delete tensor.external;
}
