/**
 * The domain of the operators by which ONNX Runtime's own optimiser runs convolutions on processors: channels in blocks,
 * [N, C/b, H, W, b]. It takes them into graphs whose weights are constants; in a training graph they are inputs.
 */
export const NCHWC = 'com.microsoft.nchwc';
