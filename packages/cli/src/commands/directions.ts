import {
  ArgumentError,
  createRandom,
  type Direction,
  findDirections,
  fitGaussianMixture,
  mixtureToCard,
} from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';
import { formatPlural } from '@latentkit/system';
import type { Command } from 'commander';
import { formatColumns, formatCount } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { tellLabelsUnused } from '../model/labels-unused.ts';
import { needFiles } from '../model/model-address.ts';
import {
  addModelOptions,
  MODEL_FOLDER,
  type ModelFlags,
  openModel,
} from '../model/model-options.ts';
import { readableDirections } from '../model/readable-directions.ts';
import { recordLatentSpace } from '../model/record-latent-space.ts';
import { addDataOptions, type DataFlags, loadModelData } from '../model-data.ts';
import { parseInteger, parseIntegers } from '../options.ts';

const EXAMPLES = `
Examples:
  latentkit directions models/strokes-vae                        how well each attribute can be read
  latentkit directions models/strokes-vae --record               and keep the directions on the card
  latentkit directions models/mine --data ./faces --attributes smile,glasses --record
  latentkit directions models/mine --mixture --record            also a mixture to draw samples from, and to score by

Attributes are the factors of the data: the columns of numbers of labels.csv, or one for each class. A direction
leaves the other attributes alone, as far as the latents tell them apart; of classes, which exclude each other, it goes
from the others to this one. Items that are held out say how well a linear reading works (R²); an attribute that cannot
be read has no direction worth using, and none is recorded. Edit with what was recorded by 'latentkit edit'.`;

/** Fewer items say nothing of directions. */
const LEAST_ITEMS = 10;

interface DirectionsFlags extends ModelFlags, DataFlags {
  readonly attributes?: string;
  readonly items?: number;
  readonly seed: number;
  readonly mixture?: boolean;
  readonly components?: readonly number[];
  readonly record?: boolean;
  readonly json?: boolean;
}

/** Numbers of Gaussians that are tried for a mixture. */
const COMPONENTS = [1, 2, 5, 10, 20, 40];

export function addDirections(program: Command, io: Io): void {
  const command = program
    .command('directions')
    .summary('find where attributes point to in latent space')
    .description('Find where attributes point to in the latent space of a model, by labelled data.')
    .argument('<model>', MODEL_FOLDER);
  addDataOptions(command)
    .option('--attributes <name,…>', 'which (default: all that the data have)')
    .option('--items <n>', 'training items to look at (default: 10,000)', parseInteger)
    .option('--seed <n>', 'seed of what is held out', parseInteger, 1)
    .option('--mixture', 'fit a mixture of Gaussians to the latents too')
    .option(
      '--components <n,…>',
      `with --mixture: numbers of Gaussians to try (default: ${COMPONENTS.join(', ')})`,
      parseIntegers,
    )
    .option('--record', 'keep what was found on the card');
  addModelOptions(command)
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', EXAMPLES)
    .action((model: string, flags: DirectionsFlags) =>
      interruptible(io, 'Stopping; nothing is recorded.', (signal) =>
        directions(model, flags, signal, io),
      ),
    );
}

async function directions(
  path: string,
  flags: DirectionsFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const { leaveOutClass } = await import('@latentkit/training');
  const { spreadItems } = await import('@latentkit/data');
  const { vectorsOfSplit } = await import('../model/vectors-of-split.ts');
  const { areClasses, attributesOf } = await import('../model/attributes-of.ts');
  if (flags.components && !flags.mixture) {
    throw new ArgumentError('--components', 'none without --mixture', flags.components.join());
  }
  if (flags.items !== undefined && flags.items < LEAST_ITEMS) {
    throw new ArgumentError('--items', `an integer of at least ${LEAST_ITEMS}`, flags.items);
  }
  // Said before the work, not after it.
  if (flags.record) needFiles(path);
  const model = await openModel(path, flags, signal);
  try {
    let data = await loadModelData(model.card, flags, signal, io);
    // A mixture of what training saw: a class that was left out is to lie outside of it.
    for (const name of model.card.provenance.leftOut ?? []) {
      const label = data.labelNames.indexOf(name);
      if (label >= 0) data = leaveOutClass(data, label);
    }
    const split = spreadItems(data.train, flags.items ?? 10_000);
    const attributes = attributesOf({ ...data, train: split }, flags.attributes?.split(','), {
      optional: flags.mixture,
    });
    const { seed } = flags;
    const { labelNames } = data;
    tellLabelsUnused(flags.condition, model.card, labelNames, io);
    /** Of a conditional model: the label that was asked for, or each item's own. */
    const givenOf = (labels: Iterable<number>) => {
      const own = model.card.condition && labelNames.length > 0;
      const condition =
        flags.condition ??
        (own ? Array.from(labels, (label) => labelNames[label] as string) : undefined);
      return { condition, outside: 'clip', signal } as const;
    };
    const z = await vectorsOfSplit(split, (items, labels) =>
      model.encoder.embed(items, givenOf(labels)),
    );
    const alone = areClasses(attributes, data);
    const found = alone
      ? attributes.flatMap((one) => findDirections(z, [one], { seed }))
      : findDirections(z, attributes, { seed });
    const { worth, warnings } = readableDirections(found, attributes);
    const items = `${formatCount(split.count)} training items of ${data.name}`;
    const mixture = flags.mixture ? await fitMixture() : undefined;
    if (flags.record && (worth.length > 0 || mixture)) {
      await recordLatentSpace(path, {
        directions: worth.map(({ name, vector, deviation, r2, accuracy }) => ({
          name,
          vector: Array.from(vector, (value) => Number(value.toPrecision(9))),
          deviation,
          r2,
          ...(accuracy === undefined ? {} : { accuracy }),
          protocol: `ridge regression on the embeddings of ${items}, decorrelated from ${alone ? 0 : found.length - 1} others; R² on a fifth held out (seed ${seed})`,
        })),
        ...(mixture ? { mixture: mixture.card } : {}),
      });
    }
    io.out(
      flags.json
        ? JSON.stringify({ directions: found.map(plain), mixture: mixture?.summary }, null, 2)
        : describe(found, mixture?.summary),
    );
    for (const warning of warnings) io.err(`warning: ${warning}`);
    if (flags.record) io.err(toldOf(worth.length, found.length, mixture !== undefined, path));

    async function fitMixture() {
      // Draws of the posteriors, not their means: samples are to lie where latents do.
      const { takesNoise, draw, centre } = definitionOf(model.card.latent);
      const random = createRandom(seed, 'mixture');
      const draws = await vectorsOfSplit(split, async (items, labels) => {
        const drawn = { seed: random.uint32() };
        const latent = await model.encoder.encode(items, {
          ...givenOf(labels),
          ...(takesNoise ? drawn : {}),
        });
        const { z } = draw(latent, drawn);
        return z.dtype === 'float32' ? z : centre(latent);
      });
      const most = Math.floor((0.8 * split.count) / 2);
      const components = flags.components ?? COMPONENTS.filter((count) => count <= most);
      const fits: { components: number; heldOutLogDensity: number }[] = [];
      const { mixture: fitted } = fitGaussianMixture(draws, {
        components,
        seed,
        onFit: (fit) => {
          const { length } = fit.mixture.components;
          fits.push({ components: length, heldOutLogDensity: fit.heldOutLogDensity });
          io.err(
            `${formatPlural(length, 'Gaussian')}: ${fit.heldOutLogDensity.toFixed(3)} nats held out`,
          );
        },
      });
      const protocol = `EM on one posterior draw each of ${items} (seed ${seed}); ${formatPlural(fitted.components.length, 'Gaussian')} by the likelihood of a fifth held out`;
      return {
        card: mixtureToCard(fitted, protocol),
        summary: { components: fitted.components.length, fits },
      };
    }
  } finally {
    await model.dispose();
  }
}

function toldOf(kept: number, found: number, mixture: boolean, path: string): string {
  if (kept === 0 && !mixture) return `Recorded nothing on the card of ${path}.`;
  const left = found - kept;
  return `Recorded on the card of ${path}${left > 0 ? `, without the ${formatPlural(left, 'direction')} not worth using` : ''}.`;
}

function plain({ name, vector, deviation, r2, accuracy }: Direction) {
  return { name, deviation, r2, accuracy, vector: Array.from(vector) };
}

function describe(
  found: readonly Direction[],
  mixture: { readonly components: number } | undefined,
): string {
  const rows = found.map(({ name, deviation, r2, accuracy }) => [
    name,
    deviation.toPrecision(3),
    r2.toFixed(3),
    accuracy === undefined ? '' : `${(100 * accuracy).toFixed(1)} %`,
  ]);
  return [
    ...(rows.length > 0 ? [formatColumns([['attribute', '1 σ', 'R²', 'right'], ...rows])] : []),
    ...(mixture ? [`mixture of ${formatPlural(mixture.components, 'Gaussian')}`] : []),
  ].join('\n');
}
