import * as v from 'valibot';
import { CardSchema, type WholeCard } from '../card/card.ts';
import { validateCard } from '../card/parse-card.ts';
import { checkOptions } from '../errors/check.ts';
import { checkSchema } from '../errors/check-schema.ts';
import type { GraphName, Role } from '../latents/definition.ts';
import { type LatentCard, LatentSchema } from '../latents/index.ts';
import { definitionOf } from '../latents/look-up.ts';
import { sizeOf } from '../tensor.ts';

/** A latent as a card says it, which may be written `as const`. */
export type FakeLatent = ReadonlyFields<LatentCard>;
type ReadonlyFields<T> = T extends unknown ? { readonly [F in keyof T]: Readonly<T[F]> } : never;

export interface FakeCardOptions<S extends FakeLatent = FakeLatent> {
  /** Shape of one item, whose values are in [0, 1]; [2, 2, 1] by default. */
  readonly item?: readonly number[] | undefined;
  /** `{ kind: 'gaussian', size: 2 }` by default. */
  readonly latent?: S | undefined;
  /** Bernoulli by default. */
  readonly likelihood?: WholeCard['likelihood'] | undefined;
  /** Labels that the decoder asks for, and makes no use of; none by default. */
  readonly labels?: readonly string[] | undefined;
}

/** Content of each fake graph's file, of which a model is made without being parsed: one field of protobuf. */
export const GRAPH_BYTES = Uint8Array.of(10, 1, 3);
export const GRAPH_SHA256 = '0'.repeat(64);

const { entries } = CardSchema;
const OptionsSchema = v.object({
  item: v.optional(entries.item.entries.shape, [2, 2, 1]),
  latent: v.optional(LatentSchema, { kind: 'gaussian', size: 2 }),
  likelihood: v.optional(v.unwrap(entries.likelihood), { kind: 'bernoulli' }),
  labels: v.optional(v.unwrap(entries.condition).entries.labels),
});

/**
 * The card of a made-up model, sound and complete; its graphs exist nowhere.
 *
 * @throws ArgumentError for options that no card can have; CardError for a latent that contradicts itself
 */
export function fakeCard(options: FakeCardOptions = {}): WholeCard {
  checkOptions(options);
  const wanted = checkSchema('options', OptionsSchema, options);
  const { item, latent, likelihood, labels } = wanted;
  const card = {
    format: 1,
    name: 'fake',
    family: 'vae',
    item: { shape: item, layout: item.length === 3 ? 'HWC' : 'flat', range: [0, 1] },
    preprocessing: { scale: 1 / 255, offset: 0 },
    likelihood,
    latent,
    ...(labels ? { condition: { labels } } : {}),
    graphs: graphsOf(wanted),
    metrics: [],
    provenance: {
      dataset: 'none',
      seed: 0,
      epochs: 0,
      objective: 'none',
      engine: 'none',
      tools: {},
    },
    tolerance: { cpu: 1e-4 },
  };
  return validateCard(card, 'The fake card') as WholeCard;
}

type Wanted = v.InferOutput<typeof OptionsSchema>;

function graphsOf({ item, latent, likelihood, labels }: Wanted): Record<string, object> {
  const size = sizeOf(item);
  const roles: Role[] = [
    { graph: 'encoder', side: 'inputs', name: 'x', size },
    ...definitionOf(latent).roles(latent, { prior: true }),
    { graph: 'decoder', side: 'outputs', name: 'mean', size },
  ];
  if (likelihood.kind === 'bernoulli' || likelihood.kind === 'continuous-bernoulli') {
    roles.push({ graph: 'decoder', side: 'outputs', name: 'logits', size });
  }
  if (labels) {
    roles.push({ graph: 'decoder', side: 'inputs', name: 'y', size: labels.length });
  }
  const names = [...new Set(roles.map(({ graph }) => graph))];
  return Object.fromEntries(names.map((name) => [name, graphOf(name, roles, latent)]));
}

function graphOf(name: GraphName, roles: readonly Role[], latent: LatentCard): object {
  const side = (wanted: Role['side']) =>
    roles
      .filter((role) => role.graph === name && role.side === wanted)
      .map((role) => ({
        name: role.name,
        dtype: role.dtype ?? 'float32',
        shape: ['batch', ...shapeOf(role, latent)],
      }));
  const file = { file: `${name}.onnx`, bytes: GRAPH_BYTES.length, sha256: GRAPH_SHA256 };
  return { inputs: side('inputs'), outputs: side('outputs'), files: { fp32: file } };
}

/** Shape of one item of what has a role: a density is a number, a grid has two dimensions. */
function shapeOf({ graph, name, size }: Role, latent: LatentCard): number[] {
  if (name === 'log_q') return [];
  const grid = definitionOf(latent).grid?.(latent);
  const isGrid = ['indices', 'z_e', 'z_q'].includes(name) || graph === 'prior';
  if (!grid || !isGrid) return [size];
  const depth = size / sizeOf(grid.grid);
  return name === 'indices' ? [...grid.grid] : [...grid.grid, depth];
}
