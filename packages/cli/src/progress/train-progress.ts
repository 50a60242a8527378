import { formatFault, formatPlural } from '@latentkit/system';
import type { EpochRecord, ResolvedConfig, TrainEvent } from '@latentkit/training';
import { dataName } from '../data-name.ts';
import { formatCount, formatDuration, formatNats } from '../format.ts';
import type { Io } from '../io.ts';
import { createBarMeter } from './bar-meter.ts';
import { createLineMeter } from './line-meter.ts';
import { lossParts } from './loss-parts.ts';
import type { EventOf } from './meter.ts';
import { prepareProgress } from './prepare-progress.ts';

export interface TrainProgress {
  onEvent(event: TrainEvent): void;
  /** Leaves the terminal in order, also after a failure; steps are not drawn any more. */
  close(): void;
}

/**
 * Tells of a training run: a bar on a terminal, plain lines elsewhere; one line an epoch on both. It
 * closes when `signal` fires, for the process may be ended amid the step in progress.
 */
export function createTrainProgress(io: Io, signal?: AbortSignal): TrainProgress {
  const meter = io.interactive ? createBarMeter() : createLineMeter(io);
  const prepared = prepareProgress(io);
  let fetching: string | undefined;
  let closed = false;
  let family: ResolvedConfig['family'] | undefined;
  const close = () => {
    closed = true;
    meter.clear();
  };
  signal?.addEventListener('abort', close, { once: true });
  return {
    onEvent(event) {
      switch (event.type) {
        case 'data':
          if (event.progress.file === fetching) return;
          fetching = event.progress.file;
          return io.err(`fetching ${fetching}`);
        case 'prepare':
          return prepared(event.progress);
        case 'found':
          return io.err(describeFound(event));
        case 'fit':
          meter.clear();
          return io.err(describeFit(event));
        case 'start':
          family = event.config.family;
          return io.err(describeStart(event));
        case 'step':
          return closed ? undefined : meter.step(event, family);
        case 'epoch':
          meter.clear();
          return io.err(describeEpoch(event.record, event, family));
        case 'checkpoint':
        case 'end':
          return;
      }
    },
    close,
  };
}

const SHOWN = 5;

function describeFound({ notes, bad }: EventOf<'found'>): string {
  const left = bad.length - SHOWN;
  return [
    ...notes,
    ...(bad.length > 0 ? [`left out: ${formatPlural(bad.length, 'bad picture')}`] : []),
    ...bad.slice(0, SHOWN).map((fault) => `  - ${formatFault(fault)}`),
    ...(left > 0 ? [`  - and ${formatCount(left)} more`] : []),
  ].join('\n');
}

function describeFit({ epochs, epochSeconds, secondsLeft }: EventOf<'fit'>): string {
  const time = `${formatDuration(epochSeconds)} an epoch, ${formatDuration(secondsLeft)} left`;
  return `fitted   ${formatPlural(epochs, 'epoch')} in all to the time budget: ${time}`;
}

function describeStart({ config, engine, ...start }: EventOf<'start'>): string {
  const { trainCount, validationCount, testCount } = start;
  const validation = validationCount > 0 ? `, ${formatCount(validationCount)} to validate` : '';
  const name = engine.backend === undefined ? engine.name : `${engine.name} (${engine.backend})`;
  const lines = [
    `data     ${dataName(config.data)}: ${formatCount(trainCount)} items to train on${validation}, ${formatCount(testCount)} to test`,
    `model    ${config.family} (${config.architecture}), ${formatCount(start.parameters)} parameters, ${config.likelihood} likelihood`,
    `engine   ${name}: ${engine.reason}`,
    ...engine.passedOver.map(
      ({ name, reason }) => `         ${name} passed over: ${firstLine(reason)}`,
    ),
    `run      ${formatCount(start.totalSteps / start.stepsPerEpoch)} × ${formatCount(start.stepsPerEpoch)} steps, ${config.batchSize} items a step, seed ${config.seed}`,
  ];
  if (start.resumedAtStep > 0) {
    lines.push(
      `resumed  after step ${formatCount(start.resumedAtStep)} of ${formatCount(start.totalSteps)}`,
    );
  }
  return lines.join('\n');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] as string;
}

/** One finished epoch; losses in nats an item. */
export function describeEpoch(
  { epoch, train, validation, test }: EpochRecord,
  {
    epochs,
    seconds,
    imagesPerSecond,
  }: Pick<EventOf<'epoch'>, 'epochs' | 'seconds' | 'imagesPerSecond'>,
  family?: ResolvedConfig['family'],
): string {
  const number = String(epoch).padStart(String(epochs).length);
  return [
    `epoch ${number}/${epochs}`,
    `loss ${formatNats(train.loss)}`,
    ...lossParts(train, family).map((part) => part.join(' ')),
    ...(validation ? [`validation loss ${formatNats(validation.loss)}`] : []),
    `test loss ${formatNats(test.loss)}`,
    `${formatCount(Math.round(imagesPerSecond))} images/s`,
    formatDuration(seconds),
  ].join('  ');
}
