import { OnnxError } from '../errors.ts';
import { checkBytes, checkTensorForm } from '../form.ts';
import type { TensorData } from '../ir.ts';
import { decodeTensor } from './decode-tensor.ts';
import { onnx } from './proto.ts';
import { scanWire } from './wire-scan.ts';
import { encodeTensor } from './write-model.ts';

/**
 * Reads a tensor that is a file of its own: a `TensorProto`, as the `.pb` files of ONNX's test data.
 *
 * @throws OnnxError `malformed`, `unsupported` or `limit`
 */
export function readTensor(bytes: Uint8Array): TensorData {
  checkBytes('The tensor file', bytes);
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  scanWire(plain, 'TensorProto', { annotations: 'refuse' });
  let message: ReturnType<typeof onnx.TensorProto.decode>;
  try {
    message = onnx.TensorProto.decode(plain);
  } catch (cause) {
    throw new OnnxError('malformed', `Not an ONNX tensor: ${String(cause)}.`, { cause });
  }
  return decodeTensor(message, 'the file');
}

/** The bytes of a tensor file. @throws OnnxError `malformed` where values and shape differ in size */
export function writeTensor(tensor: TensorData): Uint8Array {
  checkTensorForm(tensor);
  const bytes = onnx.TensorProto.encode(encodeTensor(tensor)).finish();
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
