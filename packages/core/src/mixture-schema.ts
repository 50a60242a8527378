import * as v from 'valibot';
import { finite, someShare, text } from './plain-schemas.ts';

/** A mixture of Gaussians, as a card keeps it. */
export interface MixtureCard {
  components: {
    weight: number;
    mean: number[];
    factor: number[];
  }[];
  protocol: string;
}

/** Its type by name, which declarations then have. */
export const MixtureSchema: v.GenericSchema<MixtureCard> = v.object({
  components: v.pipe(
    v.array(
      v.object({
        /** The weights sum to 1. */
        weight: someShare,
        mean: v.array(finite),
        /** The rows of the lower Cholesky factor of the covariance, up to the diagonal; or its diagonal alone. */
        factor: v.array(finite),
      }),
    ),
    v.minLength(1),
  ),
  /** How it came about, in words. */
  protocol: text,
});

/** Numbers that a factor may have: those of the triangle, or of its diagonal. */
export function factorSizes(size: number): number[] {
  return [(size * (size + 1)) / 2, size];
}
