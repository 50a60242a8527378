import { checkChoice, checkOptions } from '../errors/check.ts';
import { InputError } from '../errors/index.ts';
import { checkLength, type Tensor, tensor } from '../tensor.ts';
import { prepareLatents } from './vectors.ts';

export type InterpolationPath = 'lerp' | 'slerp';

/**
 * The path from latent `a` to latent `b`, both ends included, as [steps, latentSize].
 *
 * `lerp` is the straight line. `slerp` (Shoemake 1985) turns along the great circle while the norm
 * changes linearly: under a high-dimensional Gaussian prior the straight line passes through norms
 * that the decoder never saw. For (nearly) parallel or zero ends the two coincide.
 *
 * @param a one latent
 * @param b one latent
 * @throws InputError for ends of different sizes or that are not finite, ArgumentError
 */
export function interpolateLatents(
  a: Float32Array,
  b: Float32Array,
  options: { readonly steps: number; readonly path?: InterpolationPath | undefined },
): Tensor<'float32'> {
  checkOptions(options, '{ steps: 8 }');
  const { steps, path = 'lerp' } = options;
  const [from, to] = [a, b].map((end) => prepareLatents(end).data) as [Float32Array, Float32Array];
  if (from.length !== to.length) {
    throw new InputError(
      'interpolation ends',
      'two latents of one size',
      `sizes ${from.length} and ${to.length}`,
    );
  }
  const size = from.length;
  checkLength('steps', steps, 2, size);
  checkChoice('path', path, ['lerp', 'slerp']);
  const out = new Float32Array(steps * size);
  const weights = path === 'lerp' ? lerpWeights : slerpWeights(from, to);
  // The ends are the arguments to the bit, whatever the rounding of the weights.
  out.set(from, 0);
  for (let step = 1; step < steps - 1; step++) {
    const [wa, wb] = weights(step / (steps - 1));
    for (let i = 0; i < size; i++) {
      out[step * size + i] = wa * (from[i] as number) + wb * (to[i] as number);
    }
  }
  out.set(to, (steps - 1) * size);
  return tensor(out, [steps, size]);
}

type Weights = (t: number) => readonly [number, number];

const lerpWeights: Weights = (t) => [1 - t, t];

function slerpWeights(a: Float32Array, b: Float32Array): Weights {
  let aa = 0;
  let bb = 0;
  let ab = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const normA = Math.sqrt(aa);
  const normB = Math.sqrt(bb);
  const angle = Math.acos(Math.max(-1, Math.min(1, ab / (normA * normB))));
  const sine = Math.sin(angle);
  // Also when a norm is 0 (the angle is NaN), or the ends are opposite and no great circle is singled out.
  if (!(sine > 1e-6)) return lerpWeights;
  return (t) => {
    const norm = (1 - t) * normA + t * normB;
    return [
      ((Math.sin((1 - t) * angle) / sine) * norm) / normA,
      ((Math.sin(t * angle) / sine) * norm) / normB,
    ];
  };
}
