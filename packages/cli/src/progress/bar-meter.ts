import { SingleBar } from 'cli-progress';
import { formatCount, formatDuration, formatNats } from '../format.ts';
import { lossParts } from './loss-parts.ts';
import type { Meter } from './meter.ts';

const FORMAT =
  'epoch {epoch}/{epochs} {bar} {percentage}%  loss {loss} = {parts}  {speed}/s  {left} left';

/** A bar for each epoch, drawn over itself and gone when the epoch is. */
export function createBarMeter(stream: NodeJS.WritableStream = process.stderr): Meter {
  let bar: SingleBar | undefined;
  return {
    step(
      { epoch, stepInEpoch, stepsPerEpoch, totalSteps, mean, imagesPerSecond, secondsLeft },
      family,
    ) {
      const payload = {
        epoch,
        epochs: Math.round(totalSteps / stepsPerEpoch),
        loss: formatNats(mean.loss),
        parts: partsOf(mean, family),
        speed: formatCount(Math.round(imagesPerSecond)),
        left: formatDuration(secondsLeft),
      };
      if (bar) {
        bar.update(stepInEpoch, payload);
        return;
      }
      bar = new SingleBar({
        format: FORMAT,
        barCompleteChar: '█',
        barIncompleteChar: '░',
        barsize: 14,
        clearOnComplete: true,
        stream,
      });
      bar.start(stepsPerEpoch, stepInEpoch, payload);
    },
    clear() {
      bar?.stop();
      bar = undefined;
    },
  };
}

/** The parts of a loss as a sum; the first, the reconstruction, goes without its name. */
function partsOf(...given: Parameters<typeof lossParts>): string {
  return lossParts(...given)
    .map(([name, nats], i) => (i === 0 ? nats : `${name} ${nats}`))
    .join(' + ');
}
