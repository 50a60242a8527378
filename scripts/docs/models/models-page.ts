import type { WholeCard } from '@latentkit/core';
import { sizeInWords } from '@latentkit/core/runtime';
import { type CurveGroup, curveGroups } from './curves.ts';
import { COMPARISONS, type Comparison } from './published.ts';
import { PURPOSES } from './purposes.ts';
import { type DescribedModel, figureOf } from './read-models.ts';
import { judge, type Verdict } from './targets.ts';

/** docs/models.md: every model, from its card, beside the targets and published figures. */
export function modelsPage(models: readonly DescribedModel[]): string {
  return `<!-- Written by \`npm run docs\` from the cards under models/ and docs/models and the figures in scripts/docs/models. -->

# The models of this repository

Every model here was trained by this code with the command below, exported to ONNX, and measured from the
exported files (\`latentkit measure --record\`). Those with a link to their files are in the repository whole;
of the others it has what is on this page, and \`npm run make:models -- NAME\` trains, exports and measures any
of them again, into \`out/models\`. \`npm run check:models\` computes the figures of those under models/ again
(\`-- out/models/NAME\`: of another), and fails where a card states another (\`-- --nll\` does so for likelihoods
by importance sampling as well, which takes minutes a model). Times are by the clock, on two cores that had
other work and pauses as well; that of an epoch is the median, its test included.

${table(
  ['model', 'for', 'latent', 'files', 'epochs', 'time', 'an epoch'],
  models.map((model) => [
    `[${model.name}](#${model.name})`,
    PURPOSES[model.card.family],
    latentOf(model.card),
    filesOf(model),
    String(model.card.provenance.epochs),
    timeOf(model.card),
    epochOf(model),
  ]),
)}

## Targets

What the project set itself before the trainings, and what came of it.

${targetTable(judge(models))}

## Beside published figures

${COMPARISONS.map((comparison) => comparisonSection(comparison, models)).join('\n\n')}

The other figures have no published counterpart of the same protocol: a cross-entropy on grey values is no
likelihood, and Fréchet distances and disentanglement depend on the classifier and the data, which are this
project's own.

## Curves

What training minimises, on the test items after each epoch, with β = 1 (of an \`iwae\`: its bound). The first
epochs are cut off where they lie above the scale.

${curveGroups(models).map(curveSection).join('\n\n')}

## Model by model

${models.map(modelSection).join('\n\n')}
`;
}

function targetTable(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return 'No model with a target is here yet.';
  return table(
    ['model', 'figure', 'measured', 'target', 'reached'],
    verdicts.map(({ target, value, wanted, reached }) => [
      target.model,
      target.metric,
      value === undefined ? 'not measured' : String(value),
      wanted,
      reached === undefined
        ? '–'
        : reached
          ? 'yes'
          : `**no**${target.note ? `: ${target.note}` : ''}`,
    ]),
  );
}

function comparisonSection(comparison: Comparison, models: readonly DescribedModel[]): string {
  const ours = models
    .filter(({ card }) => comparison.includes(card))
    .flatMap((model) => {
      const value = figureOf(model, comparison.metric);
      const { protocol } = model.card.metrics.find(({ name }) => name === comparison.metric) ?? {};
      const epochs = `${model.card.provenance.epochs} epochs`;
      return value === undefined
        ? []
        : [
            {
              what: `**${model.name}**`,
              value,
              source: 'ours',
              protocol: `${protocol}; ${epochs}`,
            },
          ];
    });
  const rows = [...ours, ...comparison.published].sort((a, b) => a.value - b.value);
  return `### ${comparison.title}

${comparison.note}

${table(
  ['model', comparison.metric, 'source', 'protocol'],
  rows.map(({ what, value, source, protocol }) => [what, String(value), source, protocol]),
)}`;
}

/** Path of a group's picture, from the root of the repository. */
export function curveFile({ key }: CurveGroup): string {
  return `docs/images/training-${key}.svg`;
}

function curveSection(group: CurveGroup): string {
  const { title, models } = group;
  return `### ${title}

![Test loss after each epoch of ${models.map(({ name }) => name).join(', ')}](${curveFile(group).replace('docs/', '')})`;
}

function modelSection(model: DescribedModel): string {
  const { name, kept, card } = model;
  const { provenance, metrics } = card;
  return `### ${name}

${card.description ?? ''}

- Trained: ${provenance.dataset}, ${provenance.epochs} epochs (${timeOf(card)}), seed ${provenance.seed}, ${provenance.objective}, on ${provenance.engine}
- Files: ${filesOf(model)}${kept ? '' : `; made again by \`npm run make:models -- ${name}\``}

${provenance.command ? `      ${provenance.command}\n\n` : ''}${table(
  ['figure', 'value', 'unit', 'protocol'],
  metrics.map(({ name, value, unit, protocol }) => [name, String(value), unit, protocol]),
)}`;
}

function latentOf({ latent }: WholeCard): string {
  return sizeInWords(latent);
}

/** What there is of files, with a link to those that are in the repository. */
function filesOf({ name, kept, card }: DescribedModel): string {
  return kept ? `[${sizesOf(card)}](../models/${name})` : sizesOf(card);
}

/** Bytes of all graphs in each precision on offer. */
function sizesOf({ graphs }: WholeCard): string {
  const files = Object.values(graphs).flatMap((graph) => (graph ? [graph.files] : []));
  const size = (precision: 'fp32' | 'fp16') =>
    files.reduce((sum, of) => sum + (of[precision]?.bytes ?? 0), 0);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const half = size('fp16');
  return megabytes(size('fp32')) + (half > 0 ? ` (fp16: ${megabytes(half)})` : '');
}

function timeOf({ provenance: { seconds } }: WholeCard): string {
  if (seconds === undefined) return 'not recorded';
  return seconds < 600 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** The median over the epochs, which pauses and other work hardly move. */
function epochOf({ curve }: DescribedModel): string {
  const seconds = (curve?.epochs ?? []).flatMap((epoch) => epoch.seconds ?? []);
  if (seconds.length === 0) return '–';
  seconds.sort((a, b) => a - b);
  const median = seconds[Math.floor(seconds.length / 2)] as number;
  return `${median < 10 ? median.toFixed(1) : Math.round(median)} s`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
