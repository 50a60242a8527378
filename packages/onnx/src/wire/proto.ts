import Long from 'long';
import onnxProto from 'onnx-proto';
import protobuf from 'protobufjs/minimal.js';

// protobufjs looks for Long with an eval'd require, which bundles for browsers do not have; without
// it every 64-bit integer would be rounded to a double.
if (!protobuf.util.Long) {
  protobuf.util.Long = Long;
  protobuf.configure();
}

export const onnx = onnxProto.onnx;
export type { onnx as proto } from 'onnx-proto';

/** A 64-bit integer as the message classes have it. */
export type ProtoInt = number | Long;

export function toBigInt(value: ProtoInt | null | undefined): bigint {
  if (value === null || value === undefined) return 0n;
  if (typeof value === 'number') return BigInt(value);
  return BigInt.asIntN(64, (BigInt(value.high) << 32n) | BigInt(value.low >>> 0));
}

export function toNumber(value: ProtoInt | null | undefined): number {
  return Number(toBigInt(value));
}

export function fromBigInt(value: bigint | number): Long {
  const bits = BigInt.asUintN(64, BigInt(value));
  return Long.fromBits(Number(bits & 0xffffffffn) | 0, Number(bits >> 32n) | 0);
}
