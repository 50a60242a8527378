/** A program in TypeScript that uses what users use of a runtime package; the compiler must find nothing wrong with it. */
export const typedProgram = (half: string) => `
import { InputError, loadAutoencoder, type LoadOptions, type Tensor } from '@latentkit/${half}';
export async function embed(options: LoadOptions): Promise<Float32Array> {
  await using vae = await loadAutoencoder('model', { ...options, latent: 'gaussian' });
  const latent = await vae.encoder.encode(new Float32Array(4));
  const z: Tensor<'float32'> = latent.sample({ seed: 1 });
  return z.data;
}
export const error: Error = new InputError('a', 'b', 'c');
`;
