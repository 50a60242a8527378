/** ONNX Runtime for tests that compare with it: what onnxruntime-node exports, for the realm of a test. */
import type * as node from 'onnxruntime-node';
import { requireOrt } from './load-ort.ts';

export const { Tensor, InferenceSession, env } = requireOrt();
export type Tensor = node.Tensor;
export type InferenceSession = node.InferenceSession;
