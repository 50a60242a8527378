import * as v from 'valibot';
import { codes } from './codes.ts';
import { flow } from './flow.ts';
import { gaussian } from './gaussian.ts';
import { ladder } from './ladder.ts';
import { point } from './point.ts';

/** The kinds of latents. */
export const LATENT_KINDS = { gaussian, point, flow, ladder, codes } as const;

/** `latent` of a model card. */
export const LatentSchema = v.variant('kind', [
  gaussian.schema,
  point.schema,
  flow.schema,
  ladder.schema,
  codes.schema,
]);

type Kinds = typeof LATENT_KINDS;

/** Which kind of latent a model has. */
export type LatentKind = keyof Kinds;
export type LatentOf<K extends LatentKind> = ReturnType<Kinds[K]['read']>;
/** What an encoder says of its input; `kind` tells which. */
export type Latent = LatentOf<LatentKind>;
/** What a card says of a latent. */
export type LatentCard = v.InferOutput<typeof LatentSchema>;
