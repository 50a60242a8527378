import {
  ArgumentError,
  type GraphRunner,
  type NamedTensors,
  type Tensor,
  tensor,
} from '@latentkit/core';
import { checkOptions, distanceOf } from '@latentkit/core/runtime';
import { createRunner } from '@latentkit/node';
import { diffModels, floatValues, type Model, type ModelDiff, readModel } from '@latentkit/onnx';
import { withoutStop } from '@latentkit/system';
import { meanCosine, recallAt } from '../numbers/neighbours.ts';
import { DRAWN_TYPES, drawInputs } from './inputs.ts';

const NEIGHBOURS = 10;

/** What an output has whose error is NaN. */
export const UNLIKE = 'other dimensions, another type, or no numbers';

/** How one output differs on the same inputs. */
export interface OutputDiff {
  /** Largest |after − before|, in units of the largest number of a row where that is beyond ±1; NaN where dims or types differ. */
  readonly error: number;
  /** Mean cosine of rows before and after; undefined where they are no rows of floats. */
  readonly cosine?: number;
  /** Share of the ten nearest rows by what was that are nearest by what is; undefined where there are no more rows than that. */
  readonly recall?: number;
}

export interface GraphDiff {
  readonly structure: ModelDiff;
  readonly bytes: { readonly before: number; readonly after: number };
  /** By output; empty where the graphs cannot be run on the same inputs. */
  readonly outputs: Readonly<Record<string, OutputDiff>>;
  /** The time of the second in units of the first, on the same inputs. */
  readonly latency?: number;
  /** Why the outputs could not be compared. */
  readonly problem?: string;
  readonly verdict: Verdict;
}

export interface Verdict {
  /** Whether the second may stand in the place of the first. */
  readonly replaces: boolean;
  /** In one line. */
  readonly reason: string;
}

/** What is judged of graphs without a difference. */
const SAME: Verdict = { replaces: true, reason: 'the graph is the same' };

export interface DiffOptions {
  /** Inputs to run both on; seeded draws by default. */
  readonly inputs?: NamedTensors | undefined;
  /** Largest error of an output, 0 or more; 1e-4 by default. */
  readonly tolerance?: number | undefined;
}

/**
 * Compares two ONNX graphs: what is written in them, and what they compute.
 *
 * @throws OnnxError for bytes that are no ONNX model; ArgumentError for a tolerance below 0
 */
export async function diffGraphs(
  before: Uint8Array,
  after: Uint8Array,
  options: DiffOptions = {},
): Promise<GraphDiff> {
  checkOptions(options);
  const { inputs, tolerance = 1e-4 } = options;
  checkTolerance(tolerance);
  const models = [readModel(before), readModel(after)] as const;
  const structure = diffModels(...models);
  const bytes = { before: before.length, after: after.length };
  const shapeless = inputs ? undefined : models.flatMap(shapelessInputs)[0];
  if (shapeless !== undefined) {
    return notRun(
      `'${shapeless}' has no shape in the file, so that no values can be drawn for it. Export the graphs with the ` +
        'shapes of their inputs, or compare folders of models, which have golden inputs',
    );
  }
  const foreign = inputs ? undefined : models.flatMap(foreignInputs)[0];
  if (foreign !== undefined) {
    const problem = `${foreign}, of which no values can be drawn. Compare the parts of the graphs that take numbers`;
    const told = notRun(problem);
    return structure.changes.length === 0 ? { ...told, verdict: SAME } : told;
  }
  const runners: GraphRunner[] = [];
  try {
    for (const graph of [before, after]) runners.push(await createRunner(graph, { threads: 1 }));
    const [first, second] = runners as [GraphRunner, GraphRunner];
    const feeds = inputs ?? drawInputs(first);
    const unlike = otherInput(first, second);
    if (unlike !== undefined) return notRun(unlike);
    const a = await first.run(feeds);
    const b = await second.run(feeds);
    const outputs = Object.fromEntries(
      Object.entries(a).map(([name, output]) => [name, outputDiff(output, b[name])]),
    );
    const latency = await latencyRatio(first, second, feeds);
    return { structure, bytes, outputs, latency, verdict: judge(structure, outputs, tolerance) };
  } catch (problem) {
    return notRun(withoutStop((problem as Error).message));
  } finally {
    await Promise.all(runners.map((runner) => runner.dispose()));
  }

  function notRun(problem: string): GraphDiff {
    const reason = `they cannot be run on the same inputs: ${problem}`;
    return { structure, bytes, outputs: {}, problem, verdict: { replaces: false, reason } };
  }
}

/** @throws ArgumentError */
export function checkTolerance(tolerance: unknown): void {
  if (typeof tolerance === 'number' && tolerance >= 0) return;
  throw new ArgumentError('tolerance', 'a number of at least 0', tolerance);
}

/** Inputs that are fed and whose dimensions are not even counted; ONNX Runtime tells them from single numbers no more. */
function shapelessInputs({ graph }: Model): string[] {
  return graph.inputs
    .filter(({ name, type }) => {
      return !graph.initializers.has(name) && type.kind === 'tensor' && type.shape === null;
    })
    .map(({ name }) => name);
}

/** Inputs of types that no values are drawn of. */
function foreignInputs({ graph }: Model): string[] {
  return graph.inputs.flatMap(({ name, type }) => {
    const isForeign = type.kind === 'tensor' && !DRAWN_TYPES.includes(type.dtype);
    return isForeign && !graph.initializers.has(name) ? [`'${name}' is of ${type.dtype}`] : [];
  });
}

/** How the second takes an input that the first has, where no values of it fit both. */
function otherInput(first: GraphRunner, second: GraphRunner): string | undefined {
  for (const { name, dtype, shape } of first.inputs) {
    const other = second.inputs.find((input) => input.name === name);
    if (!other) return `the second takes no '${name}'`;
    const fits =
      other.dtype === dtype &&
      other.shape.length === shape.length &&
      other.shape.every((dim, axis) => dim === shape[axis] || isOpen(dim) || isOpen(shape[axis]));
    if (fits) continue;
    const [was, is] = [
      `${dtype}[${shape.join(', ')}]`,
      `${other.dtype}[${other.shape.join(', ')}]`,
    ];
    return `'${name}' is ${was} of the first and ${is} of the second`;
  }
  return undefined;
}

const isOpen = (dim: number | string | undefined) => typeof dim !== 'number';

function outputDiff(before: Tensor, after: Tensor | undefined): OutputDiff {
  return before.dtype === after?.dtype
    ? floatsDiff(asFloats(before), asFloats(after))
    : floatsDiff(before, after);
}

/** Halves and doubles are numbers as well: one that is off in its last bit is not wrong altogether. */
function asFloats(given: Tensor): Tensor {
  const { dtype, dims, data } = given;
  if (dtype !== 'float16' && dtype !== 'float64') return given;
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  const values = floatValues({ name: '', dtype, dims: [...dims], raw }) ?? [];
  return tensor(Float32Array.from(values), [...dims]);
}

function floatsDiff(before: Tensor, after: Tensor | undefined): OutputDiff {
  const { scaled } = distanceOf(after, before);
  const rows = isRows(before) && after && isRows(after) && before.dims[0] === after.dims[0];
  if (!rows) return { error: scaled };
  const [a, b] = [before, after] as [Tensor<'float32'>, Tensor<'float32'>];
  const sameWidth = a.data.length === b.data.length;
  return {
    error: scaled,
    ...(sameWidth ? { cosine: meanCosine(a, b) } : {}),
    // Of so few rows all are the nearest.
    ...((a.dims[0] ?? 0) > NEIGHBOURS + 1 ? { recall: recallAt(a, b, NEIGHBOURS) } : {}),
  };
}

const isRows = ({ dtype, dims }: Tensor) =>
  dtype === 'float32' && dims.length > 1 && (dims[0] ?? 0) > 1;

/** Same inputs and outputs, and the same numbers: then nobody notices. */
function judge({ changes }: ModelDiff, outputs: GraphDiff['outputs'], tolerance: number): Verdict {
  const gone = changes.find(
    ({ what, kind }) =>
      (what === 'output' && kind === 'removed') || (what === 'input' && kind !== 'changed'),
  );
  if (gone) return { replaces: false, reason: `the ${gone.what} '${gone.name}' was ${gone.kind}` };
  const off = Object.entries(outputs).filter(([, { error }]) => !(error <= tolerance));
  const [worst] = off.sort(([, a], [, b]) => (Number.isNaN(a.error) ? -1 : b.error - a.error));
  if (!worst) {
    return changes.length === 0
      ? SAME
      : { replaces: true, reason: `every output agrees to ${tolerance}` };
  }
  const [name, { error, recall }] = worst;
  const found =
    recall === undefined
      ? ''
      : `; it finds ${(100 * recall).toFixed(0)} % of the ${NEIGHBOURS} nearest`;
  const by = Number.isNaN(error) ? `has ${UNLIKE}` : `is off by ${Number(error.toPrecision(2))}`;
  return { replaces: false, reason: `'${name}' ${by}, ${tolerance} is allowed${found}` };
}

const ROUNDS = 7;

async function latencyRatio(
  first: GraphRunner,
  second: GraphRunner,
  feeds: NamedTensors,
): Promise<number> {
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, runner] of [first, second].entries()) {
      const start = performance.now();
      await runner.run(feeds);
      best[i as 0 | 1] = Math.min(best[i as 0 | 1], performance.now() - start);
    }
  }
  return best[1] / best[0];
}
