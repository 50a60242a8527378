import { createHash } from 'node:crypto';
import {
  type FileCard,
  type Golden,
  type GoldenGraph,
  type GraphCard,
  type GraphName,
  mixtureToCard,
  type NamedTensors,
  validateCard,
  type WholeCard,
  wholeCard,
} from '@latentkit/core';
import { GOLDEN_FILE } from '@latentkit/core/runtime';
import { formatPlural } from '@latentkit/system';
import * as tf from '@tensorflow/tfjs-core';
import manifest from '../../package.json' with { type: 'json' };
import { nameOf } from '../data/class-of.ts';
import { engineLabel } from '../engines/choose-engine.ts';
import { PSEUDO_INPUTS_FILE } from '../families/pseudo-inputs.ts';
import { graphFile, type PerGraph } from '../graphs/export-graph.ts';
import type { VariantPrecision } from '../graphs/variants.ts';
import { CPU_TOLERANCE } from '../graphs/verify.ts';
import type { Progress } from '../run/folder/checkpoint.ts';
import type { ResolvedConfig } from '../settings/config.ts';
import { durationInWords } from '../settings/duration.ts';
import { trainCommand } from '../settings/train-command.ts';
import { describeObjective } from './describe-objective.ts';
import type { TrainedModel } from './trained-model.ts';
import { TRAINING_FILE } from './training-curve.ts';

/** GPUs add in another order and with less exact functions. */
const GPU_TOLERANCE = 1e-3;

export interface CardParts {
  readonly trained: TrainedModel;
  readonly name: string;
  readonly description: string;
  readonly golden: Golden;
  /** What training took; undefined where that is not known. */
  readonly seconds: number | undefined;
  /** The files' bytes by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The errors of other precisions on the golden rows, by graph. */
  readonly variantErrors: PerGraph<Readonly<Partial<Record<VariantPrecision, number>>>>;
  readonly metrics: WholeCard['metrics'];
}

/** The model card of an export. Nothing in it depends on when or where the export was made; times are those of the run's log. */
export function makeCard({
  trained,
  name,
  description,
  golden,
  seconds,
  files,
  variantErrors,
  metrics,
}: CardParts): WholeCard {
  const { run, model, dataset } = trained;
  const { config, progress } = run;
  const [low, high] = dataset.valueRange;
  const fileCard = (file: string): FileCard => {
    const bytes = files.get(file) as Uint8Array;
    return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const graphCard = (graph: GraphName, { inputs, outputs }: GoldenGraph): GraphCard => ({
    inputs: describeTensors(inputs),
    outputs: describeTensors(outputs),
    files: {
      fp32: fileCard(graphFile(graph)),
      ...Object.fromEntries(
        (Object.entries(variantErrors[graph] ?? {}) as [VariantPrecision, number][]).map(
          ([precision, error]) => [
            precision,
            { ...fileCard(graphFile(graph, precision)), error: Number(error.toPrecision(3)) },
          ],
        ),
      ),
    },
  });
  const graphs = Object.entries(golden.graphs).map(([name, graph]) => [
    name,
    graphCard(name as GraphName, graph),
  ]);
  return wholeCard(
    validateCard({
      format: model.prior ? 2 : 1,
      name,
      description,
      ...model.card,
      latent: { ...model.card.latent, ...priorCard(model) },
      item: { shape: [...dataset.itemShape], layout: 'HWC', range: [low, high] },
      preprocessing: { scale: (high - low) / 255, offset: low, ...dataset.preprocessing },
      likelihood: model.likelihood.card(),
      ...(model.labels > 0 ? { condition: { labels: [...dataset.labelNames] } } : {}),
      graphs: Object.fromEntries(graphs),
      golden: fileCard(GOLDEN_FILE),
      training: fileCard(TRAINING_FILE),
      ...(model.prior ? { pseudoInputs: fileCard(PSEUDO_INPUTS_FILE) } : {}),
      metrics,
      provenance: {
        dataset: dataset.name ?? config.data.name,
        data: run.dataProvenance,
        seed: config.seed,
        epochs: progress.epochsDone,
        ...(config.data.leaveOut === undefined
          ? {}
          : { leftOut: [nameOf(dataset.labelNames, config.data.leaveOut)] }),
        binarisation: config.binarise,
        objective: `${describeObjective(config)}${describeBest(progress)}${describeBudget(progress, config)}`,
        engine: engineLabel(run.engine, run.backend),
        ...(seconds === undefined ? {} : { seconds }),
        command: trainCommand(config, { ...run, from: run.from?.name }),
        ...(run.from ? { from: run.from } : {}),
        tools: { [manifest.name]: manifest.version, '@tensorflow/tfjs-core': tf.version_core },
      },
      tolerance: {
        cpu: CPU_TOLERANCE,
        wasm: CPU_TOLERANCE,
        webgpu: GPU_TOLERANCE,
        cuda: GPU_TOLERANCE,
      },
    }),
  );
}

function priorCard({ prior, card }: TrainedModel['model']) {
  if (!prior) return {};
  const components = prior.components();
  const protocol = `posteriors of ${formatPlural(components.length, 'pseudo-input')} that were learned with the model (a VampPrior), in units in which they have mean 0 and variance 1 together`;
  return { prior: mixtureToCard({ size: card.latent.size, components }, protocol) };
}

function describeBest({ best }: Progress): string {
  return best === undefined
    ? ''
    : `, the weights of epoch ${best.epoch}, the best on validation items`;
}

/** Where the schedules were stretched on the way, the command gives the losses up to there alone. */
function describeBudget({ budget }: Progress, { epochs }: Pick<ResolvedConfig, 'epochs'>): string {
  if (!budget) return '';
  const fitted = `, epochs fitted to a time budget of ${durationInWords(budget.seconds)}`;
  return budget.pace === undefined
    ? fitted
    : `${fitted}, with schedules of ${epochs} epochs gone through in ${budget.epochs} from step ${budget.pace.step} on`;
}

function describeTensors(tensors: NamedTensors): GraphCard['inputs'] {
  return Object.entries(tensors).map(([name, { dtype, dims }]) => ({
    name,
    dtype: dtype as 'float32' | 'int32',
    shape: ['batch', ...dims.slice(1)],
  }));
}
