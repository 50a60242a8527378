import { distanceOf } from '@latentkit/core/runtime';
import { type Check, error, type Finding } from '../../check.ts';
import { tile } from '../../model/tile.ts';
import { short } from '../../numbers/format.ts';
import { toleranceOf } from '../parity/tolerance.ts';

/** One, two, an odd number, and one past a power of two. */
const SIZES = [1, 2, 3, 257];

export const batchSizes: Check = {
  id: 'batch/sizes',
  summary: 'batches of 1, 2, 3 and 257 rows run, and a row comes out the same in all of them',
  remedy:
    'Find what the size of the batch, or the rows beside it, has a part in: a Reshape with fixed sizes, a normalisation over the batch.',
  needs: ['batch/declared', 'graph/strict', 'graph/shape', 'golden/present', 'golden/shapes'],
  async run(model) {
    const golden = await model.golden();
    const limit = await toleranceOf(model, 'cpu');
    const findings: Finding[] = [];
    for (const { graph, file } of await model.graphs('fp32')) {
      const rows = golden?.[graph];
      if (!rows) continue;
      const runner = await model.runner(file);
      const whole = await model.goldenOutputs(file, graph).catch(() => undefined);
      for (const size of SIZES) {
        try {
          const outputs = await runner.run(tile(rows.inputs, rows, size));
          for (const [name, expected] of Object.entries(tile(whole ?? {}, rows, size))) {
            const { scaled } = distanceOf(outputs[name], expected);
            if (!(scaled <= limit)) {
              findings.push(
                error(
                  `'${name}' of a row differs by ${short(scaled)} between a batch of ${size} and the golden batch`,
                  file,
                ),
              );
            }
          }
        } catch (problem) {
          findings.push(error(`a batch of ${size} fails: ${(problem as Error).message}`, file));
        }
      }
    }
    return { findings };
  },
};
