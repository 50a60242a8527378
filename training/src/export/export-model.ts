import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  ArgumentError,
  type Golden,
  type GoldenGraph,
  type GraphName,
  type WholeCard,
} from '@latentkit/core';
import {
  checkCallback,
  checkFlag,
  checkOptions,
  checkText,
  GOLDEN_FILE,
  throwIfAborted,
  writeGolden,
} from '@latentkit/core/runtime';
import { type Dataset, readItems, takeItems } from '@latentkit/data';
import { checkReplaceable, stageFolder } from '@latentkit/system';
import { chooseBackend } from '../backends/choose-backend.ts';
import { checkDataset } from '../data/check-dataset.ts';
import { loadDataset } from '../data/load-dataset.ts';
import { PSEUDO_INPUTS_FILE, writePseudoInputs } from '../families/pseudo-inputs.ts';
import { exportGraph, graphFile, type PerGraph } from '../graphs/export-graph.ts';
import { goldenGraph, ORDINARY_ROWS } from '../graphs/golden.ts';
import {
  type GraphVariant,
  makeVariant,
  VARIANT_PRECISIONS,
  type VariantPrecision,
} from '../graphs/variants.ts';
import { type Verification, verifyGraph } from '../graphs/verify.ts';
import { evaluate } from '../judge/evaluate.ts';
import { type Checkpoint, loadCheckpoint } from '../run/folder/checkpoint.ts';
import { epochSeconds } from '../run/folder/run-log.ts';
import { describeModel } from './describe-model.ts';
import { earlierExport, replacedWarnings } from './earlier-export.ts';
import { makeCard } from './make-card.ts';
import { makeReadme } from './make-readme.ts';
import { otherDataWarnings } from './other-data.ts';
import { type TrainedModel, trainedModel } from './trained-model.ts';
import { curveText, TRAINING_FILE, totalSeconds, trainingCurve } from './training-curve.ts';

const MODEL_FOLDER = {
  what: 'model folder',
  earlier: 'an earlier export',
  mark: 'model.json',
};

export type ExportPhase = 'load' | 'trace' | 'verify' | 'evaluate' | 'write';

export interface ExportOptions {
  /** The run folder that training wrote. */
  readonly runDir: string;
  /** The model folder to make; an earlier export there is replaced as a whole, with a warning where another run had made it. */
  readonly outDir: string;
  /** The model's name in its card; by default `<data set>-<family>`. */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Where the data are now, if they were moved since training. */
  readonly dataDir?: string | undefined;
  /** The data themselves, if they are loaded already. */
  readonly dataset?: Dataset | undefined;
  /** Whether to offer the weights in half precision too (`dtype: 'fp16'` when loading); false by default. */
  readonly fp16?: boolean | undefined;
  /** Whether to offer weights of 8 bits too (`dtype: 'int8'` when loading); false by default. */
  readonly int8?: boolean | undefined;
  /** Whether to compute the test figures for the card; true by default. */
  readonly evaluate?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onPhase?: ((phase: ExportPhase) => void) | undefined;
}

export interface ExportReport {
  readonly outDir: string;
  readonly card: WholeCard;
  /** Sizes in bytes, by file. */
  readonly files: Readonly<Record<string, number>>;
  readonly graphs: PerGraph<{
    /** Nodes by operator. */
    readonly nodes: Readonly<Record<string, number>>;
    /** Errors against tfjs by output. */
    readonly verification: Verification;
    /** The variants that were asked for, by precision. */
    readonly variants: Variants<Omit<GraphVariant, 'bytes'>>;
  }>;
  /** What a reader of the export should know before they use it, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Exports the model of a training run to a folder: encoder.onnx, decoder.onnx, golden.safetensors (inputs
 * and outputs recorded from tfjs), training.json (the losses of each epoch), pseudo-inputs.safetensors where a prior was
 * learned, model.json and a README. The
 * graphs are checked against tfjs in ONNX Runtime before anything is put in place, and the figures on the
 * card are computed from the files. The same weights give the same bytes: the export runs on tfjs's plain
 * JavaScript backend whatever the model was trained on.
 *
 * @throws LatentkitError `not-found` where there is no run, `invalid-data` (a conditional model with other data, or items of
 *   another shape), `unwritable`, `in-use` where another export puts its own into the folder, `runtime` if a graph does
 *   not do what the model does, `aborted`; ArgumentError for an output folder that holds other things, and a run of arrays
 *   without them
 */
export async function exportModel(options: ExportOptions): Promise<ExportReport> {
  checkOptions(options, '{ runDir, outDir }');
  return exportChecked(checkExport({ ...options }));
}

async function exportChecked(options: ExportOptions): Promise<ExportReport> {
  const { signal, onPhase } = options;
  const outDir = resolve(options.outDir);
  const phase = (name: ExportPhase) => {
    throwIfAborted(signal, 'Exporting the model');
    onPhase?.(name);
  };
  await checkReplaceable(outDir, MODEL_FOLDER);
  const earlier = await earlierExport(outDir);
  phase('load');
  const run = await loadCheckpoint(resolve(options.runDir));
  const { data } = run.config;
  if (data.name === 'arrays' && options.dataset === undefined) {
    throw new ArgumentError(
      'dataset',
      `the data set that the run in ${run.config.runDir} was trained on, as datasetOf of @latentkit/data makes of arrays`,
      undefined,
    );
  }
  const dataset =
    options.dataset ??
    (await loadDataset({
      ...data,
      ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
      signal,
    }));
  const otherData = otherDataWarnings(run, dataset);
  await chooseBackend('cpu');
  const trained = trainedModel(run, dataset);
  try {
    return await stageFolder(outDir, async (staging) => {
      const files = new Map<string, Uint8Array>();
      const write = async (name: string, contents: Uint8Array | string) => {
        const bytes = typeof contents === 'string' ? Buffer.from(contents) : contents;
        files.set(name, bytes);
        await writeFile(join(staging, name), bytes);
      };

      phase('trace');
      const precisions = VARIANT_PRECISIONS.filter((precision) => options[precision]);
      const graphs = await exportGraphs(trained, dataset, precisions, phase);
      for (const [name, { bytes, variants }] of Object.entries(graphs)) {
        await write(graphFile(name), bytes);
        for (const precision of precisions) {
          await write(graphFile(name, precision), variants[precision]?.bytes as Uint8Array);
        }
      }
      const golden: Golden = { graphs: mapGraphs(graphs, (graph) => graph.golden) };
      await write(GOLDEN_FILE, writeGolden(golden));
      const { prior } = trained.model;
      if (prior) await write(PSEUDO_INPUTS_FILE, writePseudoInputs(prior.pseudoInputs));
      const curve = trainingCurve(run.progress.history, await epochSeconds(run.config.runDir));
      await write(TRAINING_FILE, curveText(curve));

      const describe = (metrics: WholeCard['metrics']) =>
        makeCard({
          trained,
          name: options.name ?? `${dataset.name}-${trained.model.card.family}`,
          description:
            options.description ??
            `${describeModel(trained.model, run.config)} ${dataset.description}`,
          golden,
          seconds: totalSeconds(curve),
          files,
          variantErrors: mapGraphs(graphs, ({ variants }) =>
            mapValues(variants, ({ error }) => error),
          ),
          metrics,
        });
      const writeCard = (card: WholeCard) =>
        write('model.json', `${JSON.stringify(card, null, 2)}\n`);
      let card = describe([]);
      await writeCard(card);
      if (options.evaluate !== false) {
        phase('evaluate');
        const { metrics } = await evaluate(staging, { data: dataset, signal });
        const cost = [];
        for (const precision of precisions) {
          cost.push(...(await lossIn(precision, staging, dataset, signal)));
        }
        card = describe([...metrics, ...cost]);
        await writeCard(card);
      }
      phase('write');
      await write('README.md', makeReadme(card));
      return {
        outDir,
        card,
        files: Object.fromEntries([...files].map(([name, { length }]) => [name, length])),
        graphs: mapGraphs(graphs, ({ nodes, verification, variants }) => ({
          nodes,
          verification,
          variants: mapValues(variants, ({ bytes: _, ...told }) => told),
        })),
        warnings: [
          ...otherData,
          ...trainingWarnings(run),
          ...replacedWarnings(earlier, card, options.outDir),
        ],
      };
    });
  } finally {
    trained.model.dispose();
  }
}

/** @throws ArgumentError for the first option that is none: an export takes minutes */
function checkExport(options: ExportOptions): ExportOptions {
  const { runDir, outDir, name, description, dataDir, dataset, onPhase } = options;
  checkText('runDir', runDir, 'the path of a run folder');
  checkText('outDir', outDir, 'the path of the folder to make');
  if (name !== undefined) checkText('name', name, "the model's name");
  if (name?.trim() === '') throw new ArgumentError('name', "the model's name", name);
  if (description !== undefined) checkText('description', description, 'a text for the card');
  if (dataDir !== undefined) checkText('dataDir', dataDir, 'the path of the data');
  if (dataset !== undefined) checkDataset(dataset, 'dataset');
  for (const flag of [...VARIANT_PRECISIONS, 'evaluate'] as const) checkFlag(flag, options[flag]);
  checkCallback('onPhase', onPhase);
  return options;
}

/** A run that was stopped early exports like any other. */
function trainingWarnings({ progress, config }: Checkpoint): string[] {
  const { epochsDone, step } = progress;
  if (epochsDone > 0) return [];
  const state =
    step === 0
      ? 'The weights are as they were drawn: no step was trained'
      : `Not one epoch of the run is done: ${step.toLocaleString('en')} step${step === 1 ? ' was' : 's were'} trained`;
  return [`${state}. Resume the run in ${config.runDir} and export it again.`];
}

interface CheckedGraph {
  readonly bytes: Uint8Array;
  readonly nodes: Readonly<Record<string, number>>;
  readonly golden: GoldenGraph;
  readonly verification: Verification;
  readonly variants: Variants<GraphVariant>;
}

type Variants<T> = Readonly<Partial<Record<VariantPrecision, T>>>;

function mapValues<T, U>(variants: Variants<T>, map: (variant: T) => U): Variants<U> {
  const entries = Object.entries(variants) as [VariantPrecision, T][];
  return Object.fromEntries(entries.map(([precision, variant]) => [precision, map(variant)]));
}

function mapGraphs<T, U>(graphs: PerGraph<T>, map: (graph: T) => U): PerGraph<U> {
  const mapped = (Object.entries(graphs) as [string, T][]).map(([name, graph]) => [
    name,
    map(graph),
  ]);
  return Object.fromEntries(mapped) as PerGraph<U>;
}

/** Exports every graph, records its golden values, and checks one against the other. */
async function exportGraphs(
  { model }: TrainedModel,
  dataset: Dataset,
  precisions: readonly VariantPrecision[],
  phase: (name: ExportPhase) => void,
): Promise<PerGraph<CheckedGraph>> {
  const items = readItems(takeItems(dataset.test, ORDINARY_ROWS));
  const checked: Partial<Record<GraphName, CheckedGraph>> = {};
  for (const graph of model.graphs) {
    phase('trace');
    const exported = await exportGraph(graph);
    const golden = await goldenGraph(graph, items);
    phase('verify');
    const verification = await verifyGraph(graph.name, exported.bytes, golden);
    const variants: Partial<Record<VariantPrecision, GraphVariant>> = {};
    for (const precision of precisions) {
      variants[precision] = await makeVariant(precision, exported.bytes, golden);
    }
    checked[graph.name] = { ...exported, golden, verification, variants };
  }
  return checked as PerGraph<CheckedGraph>;
}

/** What a precision costs, as a figure for the card. */
async function lossIn(
  dtype: VariantPrecision,
  folder: string,
  dataset: Dataset,
  signal: AbortSignal | undefined,
): Promise<WholeCard['metrics']> {
  const { metrics } = await evaluate(folder, { data: dataset, dtype, signal });
  return metrics.slice(0, 1);
}
