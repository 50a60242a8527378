import { describe, expect, test } from '@jest/globals';
import type { Model } from '../ir.ts';
import { optimize } from '../optimize.ts';
import { printModel } from '../print/print-model.ts';
import type { Pass } from '../rewrite/pass.ts';
import { expectForeignKept, withForeign } from './foreign-nodes.ts';
import {
  difference,
  feedsFor,
  identical,
  operators,
  problemsOf,
  run,
  seeded,
  TestGraph,
} from './run-passes.ts';

export interface PassCase {
  build(graph: TestGraph): void;
  /** The operators afterwards, dead ones removed. */
  becomes: string[];
  /**
   * Largest error relative to the result's scale; without it the results must be identical bit for
   * bit. At 0 and without it, NaN, infinities and −0 are among the inputs; at 0, −0 equals 0.
   */
  tolerance?: number;
  opset?: number;
  keepNames?: string[];
  /** More to check on the result. */
  check?(model: Model): void;
}

export interface SpareCase {
  build(graph: TestGraph): void;
  opset?: number;
  keepNames?: string[];
}

const SEEDS = [1, 2, 3];

/**
 * Tests a pass on graphs that hold its pattern and on near misses, each with several seeds, before and
 * after in ONNX Runtime with its own optimisations off.
 */
export function describePass(
  pass: Pass,
  cases: { fires: Record<string, PassCase>; spares: Record<string, SpareCase> },
): void {
  describe(pass.name, () => {
    test.each(Object.entries(cases.fires))('rewrites %s', async (_, entry) => {
      for (const seed of SEEDS) await checkFiring(pass, entry, seed);
    });

    test.each(Object.entries(cases.fires))(
      'leaves operators of other domains in %s',
      (_, entry) => {
        const model = buildCase(entry, 1);
        const options = { passes: [pass, 'remove-dead'], keepNames: entry.keepNames ?? [] };
        for (const { name } of model.graph.nodes) {
          const foreign = withForeign(model, (node) => node.name === name);
          expectForeignKept(foreign, optimize(foreign, options));
        }
        const all = withForeign(model, () => true);
        expect(operators(optimize(all, options))).toEqual(
          operators(optimize(all, { ...options, passes: ['remove-dead'] })),
        );
      },
    );

    test.each(Object.entries(cases.spares))('leaves %s', (_, entry) => {
      for (const seed of SEEDS) {
        const model = buildCase(entry, seed);
        const options = { passes: [pass], keepNames: entry.keepNames ?? [] };
        expect(problemsOf(model)).toEqual([]);
        expect(printModel(optimize(model, options))).toBe(printModel(model));
      }
    });
  });
}

function buildCase({ build, opset }: SpareCase, seed: number): Model {
  const graph = new TestGraph(seeded(seed), opset);
  build(graph);
  return graph.build();
}

async function checkFiring(pass: Pass, entry: PassCase, seed: number): Promise<void> {
  const model = buildCase(entry, seed);
  const keepNames = entry.keepNames ?? [];
  const original = printModel(model);
  const passes = [pass, 'remove-dead'];
  const result = optimize(model, { passes, keepNames });

  expect(problemsOf(model)).toEqual([]);
  expect(problemsOf(result)).toEqual([]);
  expect(operators(result)).toEqual(entry.becomes);
  entry.check?.(result);
  expect(printModel(model)).toBe(original);
  // Without the pass there would be nothing to see: the case shows its work and no other's.
  const without = optimize(model, { passes: ['remove-dead'], keepNames });
  expect(printModel(result)).not.toBe(printModel(without));
  expect(printModel(optimize(result, { passes, keepNames }))).toBe(printModel(result));

  for (const batch of [1, 3]) {
    const feeds = feedsFor(model, seeded(seed + 100), batch, !entry.tolerance);
    const [before, after] = [await run(model, feeds), await run(result, feeds)];
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const name of Object.keys(before)) {
      if (entry.tolerance === undefined) {
        expect({
          name,
          identical: identical(before[name], after[name]),
          before,
          after,
        }).toMatchObject({
          identical: true,
        });
      } else {
        expect(difference(before[name], after[name])).toBeLessThanOrEqual(entry.tolerance);
      }
    }
  }
}
