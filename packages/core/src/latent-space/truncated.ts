import { ArgumentError } from '../errors/index.ts';
import { createRandom } from '../random.ts';

/**
 * Standard normal deviates of which those beyond ±truncation are drawn anew: samples that are more alike and
 * nearer to what the model knows (Brock et al. 2019, "Large scale GAN training", §3.1).
 *
 * @throws ArgumentError for a truncation that is not above 0
 */
export function truncatedNormal(
  count: number,
  { seed, truncation }: { readonly seed: number; readonly truncation: number },
  stream: string,
): Float32Array {
  if (!(truncation > 0)) throw new ArgumentError('truncation', 'a number above 0', truncation);
  // Nearly all draws of a smaller interval are thrown away; within it they are next to uniform.
  const uniform = truncation < 0.1;
  const random = createRandom(seed, stream);
  const draw = () => {
    if (uniform) return truncation * (2 * random.uniform() - 1);
    for (;;) {
      const value = random.normal();
      if (Math.abs(value) <= truncation) return value;
    }
  };
  return Float32Array.from({ length: count }, draw);
}
