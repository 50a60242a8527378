import type { TypedArray } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';
import type { TracedGraph } from '../trace/graph.ts';
import { type NormalInput, symbolsOf } from '../trace/inputs.ts';
import type { Recording } from '../trace/recording.ts';
import { recordOn, traceSizesOf, withInputs } from '../trace/trace.ts';
import { workOf } from '../trace/work.ts';
import { type Thoroughness, type VerifyCase, verifyCases } from './cases.ts';
import {
  DEFAULT_TOLERANCE,
  type Difference,
  difference,
  type Tolerance,
  within,
} from './compare.ts';
import { locate } from './locate.ts';
import { roundingOf } from './rounding.ts';
import { loadRuntime, type Runtime, type RuntimeSession } from './runtime.ts';
import { feedsOf, numbers, open, runSession, type VerifySubject } from './subject.ts';

export interface VerifyOptions {
  /** How far an output may be off: `absolute + relative · (largest magnitude of the output)`. */
  readonly tolerance?: Partial<Tolerance>;
  /**
   * How many cases the export is run on: `full`, or `brief` (batches of 1 and 2 instead of 1, 2 and 5,
   * extreme values in one case, no zeros, one further size). Default `full`, and `brief` for models of more
   * than about 250 million multiplications an item.
   */
  readonly thoroughness?: Thoroughness;
  /** The ONNX Runtime to use; default onnxruntime-node, loaded when it is needed. */
  readonly runtime?: Runtime;
}

export interface OutputReport extends Difference {
  /** The case in which the largest relative difference occurred. */
  readonly worstCase: string;
}

/** A difference beyond the tolerance that is no mistake: float32's own rounding moves the output as far. */
export interface RoundingNote extends Difference {
  readonly output: string;
  readonly case: string;
  /** How far two units in the last place of every number on the way move the output. */
  readonly rounding: number;
}

export interface VerificationReport {
  /** How many combinations of sizes, values and optimisation levels were run. */
  readonly runs: number;
  /** Whether these were all cases, or fewer ones, as a large model is verified. */
  readonly thoroughness: Thoroughness;
  readonly outputs: Readonly<Record<string, OutputReport>>;
  /** Where more than the tolerance was allowed, since no two float32 computations agree any better. */
  readonly roundings: readonly RoundingNote[];
}

/** Multiplications of the first trace (a batch of two where it is dynamic) from which verification is brief. */
const LARGE = 500e6;

const LEVELS = ['disabled', 'all'] as const;

/** A difference of this many times what rounding does to an output is rounding. */
const ROUNDING_FACTOR = 4;

/**
 * Runs an export in ONNX Runtime beside tfjs: with graph optimisation off and on, at batch 1, 2 and 5,
 * on ordinary, zero and extreme values, and at sizes of other dynamic dimensions that were not traced.
 * Shapes must be the same, values within the tolerance or within what float32's rounding does.
 *
 * @throws ExportError `verification-failed`, with the case, the output, and the first node that differs
 */
export async function verifySubject(
  subject: VerifySubject,
  options: VerifyOptions,
): Promise<VerificationReport> {
  const runtime = options.runtime ?? (await loadRuntime());
  const tolerance = { ...DEFAULT_TOLERANCE, ...options.tolerance };
  const thoroughness = options.thoroughness ?? (workOf(subject.graph) > LARGE ? 'brief' : 'full');
  const symbols = symbolsOf(subject.inputs);
  const fixed = subject.batch;
  const cases = verifyCases(
    subject.inputs,
    symbols,
    (symbol) => traceSizesOf(symbol, subject),
    fixed,
    thoroughness,
  );
  const sessions: RuntimeSession[] = [];
  const worst = new Map<string, OutputReport>();
  const roundings = new Map<string, RoundingNote>();
  let runs = 0;
  let left: number | undefined;
  try {
    for (const level of LEVELS) sessions.push(await open(runtime, subject.bytes, level));
    for (const example of cases) {
      const recording = recordCase(subject, example);
      if (recording === null) continue;
      try {
        left ??= leftOpen(recording);
        // A size that was counted off a dimension and came to −1 asks for something else there.
        if (leftOpen(recording) !== left) continue;
        const feeds = await feedsOf(runtime, subject, recording, example);
        const expected = await expectedOutputs(subject.graph, recording);
        for (const [i, level] of LEVELS.entries()) {
          const label = `${example.name}, optimisation ${level}`;
          const results = await runSession(sessions[i] as RuntimeSession, feeds, label);
          runs++;
          for (const { name, shape, data } of expected) {
            const result = results[name];
            if (result === undefined || String(result.dims) !== String(shape)) {
              throw misshapen(name, label, shape, result?.dims);
            }
            const found = difference(data, numbers(result));
            const before = worst.get(name);
            if (before === undefined || found.rel > before.rel) {
              worst.set(name, { ...found, worstCase: label });
            }
            if (within(found, tolerance)) continue;
            const rounding = roundingIn(subject, example).get(name) ?? 0;
            if (!(found.abs <= ROUNDING_FACTOR * rounding)) {
              throw await failure(subject, runtime, { name, label, found, example, tolerance });
            }
            const noted = roundings.get(name);
            if (noted === undefined || found.rel > noted.rel) {
              roundings.set(name, { output: name, case: label, rounding, ...found });
            }
          }
        }
      } finally {
        recording.dispose();
      }
    }
  } finally {
    for (const session of sessions) await session.release();
  }
  return {
    runs,
    thoroughness,
    outputs: Object.fromEntries(worst),
    roundings: [...roundings.values()],
  };
}

/** tfjs's side of a case; null where tfjs has no result at sizes that nobody named, or one without elements. */
function recordCase(subject: VerifySubject, example: VerifyCase): Recording | null {
  if (example.required) {
    return recordOn(subject, example.sizes, example.values);
  }
  let recording: Recording;
  try {
    recording = recordOn(subject, example.sizes, example.values);
  } catch {
    return null;
  }
  const isEmpty = recording.kernels.some(({ outputs }) =>
    outputs.some(({ shape }) => shape.some((size) => !(size > 0))),
  );
  if (!isEmpty) return recording;
  recording.dispose();
  return null;
}

/** How many sizes of slices are −1, which tfjs takes for all that is left. */
function leftOpen({ kernels }: Recording): number {
  const sizes = kernels.flatMap(({ kernel, attrs }) => (kernel === 'Slice' ? attrs['size'] : []));
  return sizes.filter((size) => size === -1).length;
}

/** What rounding does to each output in a case. Random numbers are drawn anew on every run: nothing is known then. */
function roundingIn(subject: VerifySubject, example: VerifyCase): Map<string, number> {
  const isRandom = [...subject.graph.leaves.values()].some(({ kind }) => kind === 'noise');
  if (isRandom || subject.graph.assignments.length > 0) return new Map();
  try {
    return withInputs(subject, example.sizes, example.values, (tensors) =>
      roundingOf(subject.fn, tensors),
    );
  } catch {
    // A function that decides in JavaScript may refuse the other numbers: nothing is known then.
    return new Map();
  }
}

function misshapen(
  name: string,
  label: string,
  expected: readonly number[],
  actual: readonly number[] | undefined,
): ExportError {
  const got = actual === undefined ? 'does not have it' : `gives [${actual.join(', ')}]`;
  const problem = `output '${name}' has the shape [${expected.join(', ')}] in tfjs; ONNX Runtime ${got} with ${label}`;
  if (actual && isSqueezed(expected, actual)) {
    return new ExportError(
      'verification-failed',
      `The export does not compute what tfjs computes: ${problem}. Of a batch of 1 tfjs drops that dimension too, as squeeze() without axes does, and a graph has one number of dimensions: name the axes, such as x.squeeze([1]), or fix the batch by the option batch.`,
      { problems: [problem] },
    );
  }
  return new ExportError(
    'verification-failed',
    `The export does not compute what tfjs computes: ${problem}. Pass verify: false to have the graph as it is, and report it with the model.`,
    { problems: [problem] },
  );
}

/** Whether a shape is another one without some of its dimensions of 1, the first among them. */
function isSqueezed(expected: readonly number[], actual: readonly number[]): boolean {
  const large = (shape: readonly number[]) => shape.filter((size) => size !== 1).join();
  return actual[0] === 1 && expected.length < actual.length && large(expected) === large(actual);
}

interface Expected {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

async function expectedOutputs(graph: TracedGraph, recording: Recording): Promise<Expected[]> {
  const refs = [
    ...recording.outputs.map(([name, ref]) => [name, ref] as const),
    ...recording.assignments.map(
      ({ value }, i) => [graph.outputs[recording.outputs.length + i]?.name ?? '', value] as const,
    ),
  ];
  return Promise.all(
    refs.flatMap(([name, ref]) => {
      const tensor = recording.tensors.get(ref.id);
      if (tensor === undefined || name === '') return [];
      return tensor
        .data()
        .then((data): Expected => ({ name, shape: ref.shape, data: data as TypedArray }));
    }),
  );
}

interface Failure {
  readonly name: string;
  readonly label: string;
  readonly found: Difference;
  readonly example: VerifyCase;
  readonly tolerance: Tolerance;
}

async function failure(
  subject: VerifySubject,
  runtime: Runtime,
  { name, label, found, example, tolerance }: Failure,
): Promise<ExportError> {
  const place = await locate(subject, runtime, example, tolerance);
  return new ExportError(
    'verification-failed',
    `The export does not compute what tfjs computes: output '${name}' is off by ${found.abs.toPrecision(3)} (${found.rel.toPrecision(3)} of its largest magnitude; allowed are ${tolerance.relative} of it plus ${tolerance.absolute}) with ${label}. ${place} ${rangeHint(subject.inputs, label)}If the difference is harmless, such as the rounding of a decision, raise verify.tolerance or pass verify: false.`,
    { problems: [`${name}: abs ${found.abs}, rel ${found.rel} with ${label}`, place] },
  );
}

/** How a difference that float32 explains is told. */
export function roundingText(note: RoundingNote, inputs: readonly NormalInput[]): string {
  const { output, abs, rounding } = note;
  const hint = rangeHint(inputs, note.case);
  return `The output '${output}' is off by ${abs.toPrecision(3)} with ${note.case}, which is rounding: moving every number on the way by two units in its last place moves it by ${rounding.toPrecision(3)}. ${hint}`.trim();
}

/** What to do where the values were made up, and may be larger than what the model is made for. */
function rangeHint(inputs: readonly NormalInput[], label: string): string {
  const free = inputs.filter(({ dtype, ranged }) => dtype === 'float32' && !ranged);
  if (free.length === 0 || !label.includes('extreme')) return '';
  const names = free.map(({ name }) => `'${name}'`).join(', ');
  return `Values of up to ±100 were made up for ${names}, which ${free.length === 1 ? 'has' : 'have'} no range: if that is more than the model is made for, give inputs a range, such as range: [0, 1]. `;
}
