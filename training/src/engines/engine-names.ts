export const ENGINE_NAMES = ['onnx', 'tfjs'] as const;
/** What runs a step: the step compiled for ONNX Runtime, or tfjs operation by operation. */
export type EngineName = (typeof ENGINE_NAMES)[number];
