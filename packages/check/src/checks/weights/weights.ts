import { allTensors, type TensorData } from '@latentkit/onnx';
import { type Check, type CheckId, error, type Finding, warning } from '../../check.ts';
import type { ModelUnderCheck } from '../../model/model-under-check.ts';
import { short } from '../../numbers/format.ts';
import { statisticsOf, type TensorStatistics } from '../../numbers/tensor-statistics.ts';
import { eachGraph } from '../graph/per-graph.ts';

/** Share of denormal numbers in a tensor that is no accident of rounding any more. */
const DENORMAL = 0.01;

/** Elements from which on a tensor that is zero throughout looks dead: a bias may well be. */
const MATRIX = 16;

type Look = (
  found: TensorStatistics,
  tensor: TensorData,
  model: ModelUnderCheck,
) => Finding | undefined;

function check(id: CheckId, summary: string, remedy: string, look: Look): Check {
  return {
    id,
    summary,
    remedy,
    needs: ['graph/readable'],
    run: (model) =>
      eachGraph(model, async ({ file }) => {
        const { graph } = await model.model(file);
        return [...allTensors(graph)].flatMap((tensor) => {
          const found = statisticsOf(tensor);
          const finding = found && look(found, tensor, model);
          return finding ? [{ ...finding, file }] : [];
        });
      }),
  };
}

/** What of a tensor is NaN or infinite, or undefined where nothing is. */
export function notFiniteOf(tensor: TensorData, found = statisticsOf(tensor)): string | undefined {
  return found && found.notFinite > 0
    ? `'${tensor.name}' has ${found.notFinite} of ${found.count} values that are no finite number`
    : undefined;
}

export const WEIGHT_CHECKS: readonly Check[] = [
  check(
    'weights/finite',
    'no weight is NaN or infinite',
    'Export an earlier epoch; in fp16, keep in float32 what is beyond 65504.',
    (found, tensor) => {
      const message = notFiniteOf(tensor, found);
      return message === undefined ? undefined : error(message);
    },
  ),
  check(
    'weights/magnitude',
    'no weight is beyond largestWeight',
    'Look at how the training ended (a diverging loss), or raise largestWeight with a reason.',
    ({ largest }, { name }, { settings }) =>
      largest > settings.largestWeight
        ? error(
            `'${name}' has a value of ${short(largest)}; at most ${short(settings.largestWeight)} was expected`,
          )
        : undefined,
  ),
  check(
    'weights/denormal',
    'weights are not ridden with denormal numbers, which are slow',
    'Set values below the least normal number of their type to 0.',
    ({ denormal, count }, { name, dtype }) =>
      // Halves are widened before they are computed with.
      dtype !== 'float16' && denormal > DENORMAL * count
        ? error(
            `'${name}' has ${denormal} of ${count} values too small for the precision of their type`,
          )
        : undefined,
  ),
  check(
    'weights/dead',
    'no matrix of weights is zero throughout',
    'Leave the layer out, or find out why it was not trained.',
    ({ zero, count }, { name, dims }) =>
      dims.length > 1 && count >= MATRIX && zero === count
        ? warning(`'${name}' is zero throughout`)
        : undefined,
  ),
];
