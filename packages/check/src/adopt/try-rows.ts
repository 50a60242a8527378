import {
  createRandom,
  type GraphRunner,
  LatentkitError,
  sizeOf,
  type Tensor,
} from '@latentkit/core';
import { distanceOf } from '@latentkit/core/runtime';
import { createRunner } from '@latentkit/node';
import { allTensors, type Model, writeModel } from '@latentkit/onnx';
import { ONNX_RUNTIME } from '../checks/operators/target.ts';
import { notFiniteOf } from '../checks/weights/weights.ts';
import { nodesOf, operatorOf } from '../model/operators.ts';
import { listed, short } from '../numbers/format.ts';

/** Rows that a batch is tried with. */
const TRIED = [1, 2, 3];

/** Rounding of another order of additions. */
const SLACK = 1e-4;

/** A graph whose batch is tried. */
export interface Trial {
  readonly model: Model;
  /** What the graph is called in messages. */
  readonly what: string;
  /** Indices that an input of integers may have, from 0 on. */
  readonly codes: number;
  /** The batch that the graph had, where it was a number. */
  readonly fixed: number | undefined;
}

/**
 * Runs a graph with one, two and three rows, and compares each with what it is alone.
 *
 * @throws LatentkitError `invalid-data` that says what to export instead
 */
export async function tryRows(trial: Trial): Promise<void> {
  const runner = await open(trial.model, trial.what);
  try {
    await compareRows(runner, trial);
  } finally {
    await runner.dispose();
  }
}

async function open(model: Model, what: string): Promise<GraphRunner> {
  try {
    return await createRunner(writeModel(model), { threads: 1 });
  } catch (cause) {
    const opset = model.opsets.get('') ?? 1;
    const foreign = [...nodesOf(model.graph)].filter(
      ({ domain }) => !ONNX_RUNTIME.includes(domain),
    );
    const names = [...new Set(foreign.map(operatorOf))];
    const advice =
      names.length > 0
        ? `It has no ${listed(names)}: export the ${what} with ONNX's own operators.`
        : `Export it with operators of ONNX's own that ONNX Runtime has (the operator set is ${opset}; of ` +
          'torch.onnx.export, opset_version=22).';
    throw unfit(`ONNX Runtime cannot open the ${what}: ${reasonOf(cause)}. ${advice}`, cause);
  }
}

const DYNAMIC =
  'Export it with a dynamic batch: dynamic_shapes of torch.onnx.export, or dynamic_axes of the older exporter.';

async function compareRows(runner: GraphRunner, trial: Trial): Promise<void> {
  const { what, codes, fixed } = trial;
  const [input] = runner.inputs;
  const row = (input?.shape ?? []).slice(1).map((dim) => (typeof dim === 'number' ? dim : 1));
  const size = sizeOf(row);
  const random = createRandom(0, 'adopt');
  const most = Math.max(...TRIED, fixed ?? 0);
  const values =
    input?.dtype === 'float32'
      ? random.fillNormal(new Float32Array(most * size), 0.5)
      : Int32Array.from({ length: most * size }, () => random.integer(codes));
  const run = (from: number, count: number) => {
    const data = values.slice(from * size, (from + count) * size);
    const fed = { data, dims: [count, ...row], dtype: input?.dtype } as Tensor;
    return runner.run({ [input?.name ?? '']: fed });
  };
  const batches = await Promise.allSettled(TRIED.map((count) => run(0, count)));
  const failed = batches.find((batch) => batch.status === 'rejected');
  if (failed) {
    const reason = reasonOf(failed.reason);
    // A graph that runs with the rows that it was made for lacks nothing but an open batch.
    const made = fixed ? await run(0, fixed).catch(() => undefined) : undefined;
    const runs = made !== undefined || batches.some(({ status }) => status === 'fulfilled');
    throw unfit(
      runs
        ? `The ${what} has a batch ${fixed === undefined ? 'that is fixed inside it' : `of ${fixed}`}, which cannot be opened: ${reason}. ${DYNAMIC}`
        : `ONNX Runtime cannot run the ${what}: ${reason}. Export it again, and look whether it runs there: ` +
            'onnxruntime.InferenceSession of Python says the same.',
      failed.reason,
    );
  }
  for (const count of TRIED) {
    const together = await run(0, count);
    for (let index = 0; index < count; index++) {
      for (const [name, alone] of Object.entries(await run(index, 1))) {
        checkFinite(trial, name, alone);
        const { scaled } = distanceOf(rowOf(together[name] as Tensor, index, count), alone);
        if (scaled <= SLACK) continue;
        throw unfit(
          `The ${what} has rows that influence each other: row ${index} of '${name}' is off by ${short(scaled)} in a ` +
            `batch of ${count}. ${whyTogether(trial)}` +
            `${fixed === undefined ? '' : ` If it is that its batch was fixed to ${fixed}: ${DYNAMIC}`}`,
        );
      }
    }
  }
}

/** What has rows depend on each other, and what to do. */
function whyTogether({ model }: Trial): string {
  const scaled = [...nodesOf(model.graph)].find(({ opType }) =>
    opType.startsWith('DynamicQuantize'),
  );
  return scaled
    ? `It is quantised dynamically: ${operatorOf(scaled)} takes the scale of its numbers from all rows of the batch. Adopt ` +
        'the model as it was in float32, or quantise it statically (quantize_static of onnxruntime.quantization), ' +
        'with scales that are the same for every batch.'
    : 'A normalisation over the batch does that: export it after model.eval(), with each row by itself.';
}

function checkFinite({ model, what }: Trial, name: string, { data, dtype }: Tensor): void {
  if (dtype !== 'float32' || (data as Float32Array).every((value) => Number.isFinite(value)))
    return;
  const damaged = [...allTensors(model.graph)].flatMap((tensor) => notFiniteOf(tensor) ?? []);
  throw unfit(
    `The ${what} gives values of '${name}' that are no finite number. ` +
      (damaged.length > 0
        ? `Of its weights, ${listed(damaged)}. Export an earlier epoch.`
        : 'Its weights are finite: find the operation that divides by 0, or overflows.'),
  );
}

/** What ONNX Runtime says, without the places in its sources, and not all of it. */
function reasonOf(cause: unknown): string {
  const text = (cause as Error).message
    .replace(/^ONNX Runtime cannot open the graph: |^The graph failed: /, '')
    .replace(/\S*onnxruntime\/core\/\S+:\d+ .*?\) (?=\S)/g, '')
    .replace(/\s+/g, ' ')
    .replace(/[. ]+$/, '');
  return text.length > REASON ? `${text.slice(0, REASON)} …` : text;
}

/** Characters of a reason. */
const REASON = 240;

function unfit(message: string, cause?: unknown): LatentkitError {
  return new LatentkitError('invalid-data', message, { cause });
}

function rowOf({ data, dims, dtype }: Tensor, index: number, count: number): Tensor {
  const width = data.length / count;
  const part = (data as Float32Array).subarray(index * width, (index + 1) * width);
  return { data: part, dims: [1, ...dims.slice(1)], dtype } as Tensor;
}
