import { SingleBar } from 'cli-progress';
import { formatCount, formatDuration, formatNats } from '../format.ts';
import type { Meter } from './meter.ts';

const FORMAT =
  'epoch {epoch}/{epochs} {bar} {percentage}%  loss {loss} = {reconstruction} + KL {kl}  {speed}/s  {left} left';

/** A bar for each epoch, drawn over itself and gone when the epoch is. */
export function createBarMeter(stream: NodeJS.WritableStream = process.stderr): Meter {
  let bar: SingleBar | undefined;
  return {
    step({ epoch, stepInEpoch, stepsPerEpoch, totalSteps, mean, imagesPerSecond, secondsLeft }) {
      const payload = {
        epoch,
        epochs: Math.round(totalSteps / stepsPerEpoch),
        loss: formatNats(mean.loss),
        reconstruction: formatNats(mean.reconstruction),
        kl: formatNats(mean.kl),
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
