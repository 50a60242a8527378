import {
  type DeviceReport,
  type GraphCard,
  hasPrior,
  type LatentSpaceCard,
  type ModelCard,
  priorOf,
} from '@latentkit/core';
import { sizeInWords } from '@latentkit/core/runtime';
import { formatPlural } from '@latentkit/system';
import { formatBytes, formatColumns } from '../format.ts';
import { type CheckedFile, graphsOf } from './model-files.ts';

/**
 * A card for people, a heading and its lines at a time.
 *
 * @param files of its folder; none of a model that is elsewhere
 */
export function describeModel(
  card: ModelCard,
  files: readonly CheckedFile[],
  device?: DeviceReport,
): string {
  const elsewhere = files.length === 0;
  const [low, high] = card.item.range;
  const { provenance } = card;
  const sections: [string, string][] = [
    [
      'model',
      formatColumns([
        ['family', card.family],
        ['item', `${card.item.shape.join(' × ')} (${card.item.layout}), values ${low} to ${high}`],
        ['8-bit pixels', describePreprocessing(card)],
        ['latent', describeLatent(card)],
        ...(card.condition ? [['condition', card.condition.labels.join(', ')]] : []),
        ['likelihood', describeLikelihood(card)],
      ]),
    ],
    ...graphsOf(card).map(([name, graph]): [string, string] => [
      `${name} graph`,
      describeGraph(graph),
    ]),
    ...(elsewhere ? [] : [['files', describeFiles(files)] as [string, string]]),
    ...(device
      ? [[elsewhere ? 'runs on' : 'runs here on', describeDevice(device)] as [string, string]]
      : []),
    ...(card.latentSpace
      ? [['latent space', describeLatentSpace(card.latentSpace)] as [string, string]]
      : []),
    ['metrics', describeMetrics(card)],
    [
      'tolerance',
      formatColumns(
        Object.entries(card.tolerance).map(([device, error]) => [
          device,
          `${error.toExponential()} largest absolute error against the golden outputs`,
        ]),
      ),
    ],
    [
      'made by',
      formatColumns([
        ['data', provenance.dataset],
        ['objective', provenance.objective],
        ['engine', provenance.engine],
        ['epochs', String(provenance.epochs)],
        ['seed', String(provenance.seed)],
        ...(provenance.from ? [['went on from', provenance.from.name]] : []),
        ...(provenance.command === undefined ? [] : [['command', provenance.command]]),
        ...Object.entries(provenance.tools),
      ]),
    ],
  ];
  const head = [card.name, ...(card.description === undefined ? [] : [card.description])];
  return [head.join('\n'), ...sections.map(([title, body]) => `${title}\n${indent(body)}`)].join(
    '\n\n',
  );
}

function describeFiles(files: readonly CheckedFile[]): string {
  return formatColumns(
    files.map(({ role, file, bytes, ok, fault }) => [
      ok ? 'ok' : 'BAD',
      file,
      role,
      formatBytes(bytes),
      fault ?? '',
    ]),
  );
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

function describePreprocessing({ preprocessing: { scale, offset } }: ModelCard): string {
  const factor = Number.isInteger(1 / scale) ? `/ ${1 / scale}` : `× ${scale}`;
  const shift = offset === 0 ? '' : ` ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
  return `value = pixel ${factor}${shift}`;
}

function describeLatent(card: ModelCard): string {
  const { latent } = card;
  const alone = hasPrior(card) ? '' : ' (no prior)';
  const prior = priorOf(card);
  const own =
    prior === undefined
      ? ''
      : `, prior a mixture of ${formatPlural(prior.components.length, 'Gaussian')}`;
  return `${latent.kind}${alone}, ${sizeInWords(latent)}${own}`;
}

function describeLikelihood({ likelihood }: ModelCard): string {
  if (!likelihood) return 'none: an encoder alone';
  return likelihood.kind === 'gaussian' ? `gaussian, σ = ${likelihood.sigma}` : likelihood.kind;
}

function describeGraph({ inputs, outputs }: GraphCard): string {
  const row = (side: string, { name, dtype, shape }: GraphCard['inputs'][number]) => [
    side,
    name,
    dtype,
    `[${shape.join(', ')}]`,
  ];
  return formatColumns([
    ...inputs.map((info) => row('in', info)),
    ...outputs.map((info) => row('out', info)),
  ]);
}

function describeDevice({ name, attempts }: DeviceReport): string {
  const passedOver = attempts.filter(({ ok }) => !ok);
  // Of a served model the reason names the server.
  const server = name === 'oip' ? attempts.find(({ ok }) => ok)?.reason : undefined;
  return formatColumns([
    [server ?? name],
    ...passedOver.map(({ device, reason }) => [`not ${device}`, reason]),
  ]);
}

function describeMetrics({ metrics }: ModelCard): string {
  if (metrics.length === 0) return 'none recorded';
  return metrics
    .map(
      ({ name, value, unit, split, count, protocol }) =>
        `${name}  ${Number(value.toPrecision(6))} ${unit}  (${split}, ${count.toLocaleString('en')} items)\n  ${protocol}`,
    )
    .join('\n');
}

/** What was found out about it: attributes to edit by, a sampler, thresholds. */
function describeLatentSpace({
  directions = [],
  mixture,
  thresholds = [],
}: LatentSpaceCard): string {
  return formatColumns([
    ...directions.map(({ name, r2 }) => ['attribute', name, `R² ${r2.toFixed(3)}`]),
    ...(mixture
      ? [['sampler', 'mixture', formatPlural(mixture.components.length, 'Gaussian')]]
      : []),
    ...thresholds.map(({ score, value, falseAlarms }) => [
      'threshold',
      score,
      `${value.toFixed(3)} nats, false alarms ${falseAlarms}`,
    ]),
  ]);
}
