import { loadOrt } from '@latentkit/system/ort';

/**
 * Opens a model in ONNX Runtime as strictly as it can be asked to, and closes it again: declared shapes are
 * compared with those that it infers, which it does not do otherwise.
 *
 * @throws Error with ONNX Runtime's message
 */
export async function openStrictly(bytes: Uint8Array): Promise<void> {
  const ort = await loadOrt();
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    extra: { session: { strict_shape_type_inference: '1', load_model_format: 'ONNX' } },
  });
  await session.release();
}
