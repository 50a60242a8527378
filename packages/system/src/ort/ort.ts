/** The types of onnxruntime-node, whose code is loaded on the first use only. */
export type Ort = typeof import('onnxruntime-node');
