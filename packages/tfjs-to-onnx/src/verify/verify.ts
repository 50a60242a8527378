import type { TypedArray } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';
import type { TracedGraph } from '../trace/graph.ts';
import { symbolsOf } from '../trace/inputs.ts';
import type { Recording } from '../trace/recording.ts';
import { recordOn, traceSizesOf } from '../trace/trace.ts';
import { type VerifyCase, verifyCases } from './cases.ts';
import {
  DEFAULT_TOLERANCE,
  type Difference,
  difference,
  type Tolerance,
  within,
} from './compare.ts';
import { locate } from './locate.ts';
import { loadRuntime, type Runtime, type RuntimeSession, type RuntimeTensor } from './runtime.ts';
import { feedsOf, numbers, open, type VerifySubject } from './subject.ts';

export interface VerifyOptions {
  /** How far an output may be off: `absolute + relative · (largest magnitude of the output)`. */
  readonly tolerance?: Partial<Tolerance>;
  /** The ONNX Runtime to use; default onnxruntime-node, loaded when it is needed. */
  readonly runtime?: Runtime;
}

export interface OutputReport extends Difference {
  /** The case in which the largest relative difference occurred. */
  readonly worstCase: string;
}

export interface VerificationReport {
  /** How many combinations of sizes, values and optimisation levels were run. */
  readonly runs: number;
  readonly outputs: Readonly<Record<string, OutputReport>>;
}

const LEVELS = ['disabled', 'all'] as const;

/**
 * Runs an export in ONNX Runtime beside tfjs: with graph optimisation off and on, at batch 1, 2 and 5,
 * on ordinary, zero and extreme values.
 *
 * @throws ExportError `verification-failed`, with the case, the output, and the first node that differs
 */
export async function verifySubject(
  subject: VerifySubject,
  options: VerifyOptions,
): Promise<VerificationReport> {
  const runtime = options.runtime ?? (await loadRuntime());
  const tolerance = { ...DEFAULT_TOLERANCE, ...options.tolerance };
  const symbols = symbolsOf(subject.inputs);
  const fixed = subject.batch;
  const cases = verifyCases(
    subject.inputs,
    symbols,
    (symbol) => traceSizesOf(symbol, subject),
    fixed,
  );
  const sessions: RuntimeSession[] = [];
  const worst = new Map<string, OutputReport>();
  let runs = 0;
  try {
    for (const level of LEVELS) sessions.push(await open(runtime, subject.bytes, level));
    for (const example of cases) {
      const recording = recordOn(subject.fn, subject.inputs, example.sizes, example.values);
      try {
        const feeds = await feedsOf(runtime, subject, recording, example);
        const expected = await expectedOutputs(subject.graph, recording);
        for (const [i, level] of LEVELS.entries()) {
          const results = await (sessions[i] as RuntimeSession).run(feeds);
          runs++;
          for (const [name, values] of expected) {
            const found = difference(values, numbers(results[name] as RuntimeTensor));
            const before = worst.get(name);
            const label = `${example.name}, optimisation ${level}`;
            if (before === undefined || found.rel > before.rel) {
              worst.set(name, { ...found, worstCase: label });
            }
            if (within(found, tolerance)) continue;
            throw await failure(subject, runtime, { name, label, found, example, tolerance });
          }
        }
      } finally {
        recording.dispose();
      }
    }
  } finally {
    for (const session of sessions) await session.release();
  }
  return { runs, outputs: Object.fromEntries(worst) };
}

async function expectedOutputs(
  graph: TracedGraph,
  recording: Recording,
): Promise<[string, TypedArray][]> {
  const refs = [
    ...recording.outputs.map(([name, ref]) => [name, ref] as const),
    ...recording.assignments.map(
      ({ value }, i) => [graph.outputs[recording.outputs.length + i]?.name ?? '', value] as const,
    ),
  ];
  return Promise.all(
    refs.flatMap(([name, ref]) => {
      const tensor = recording.tensors.get(ref.id);
      return tensor === undefined || name === ''
        ? []
        : [tensor.data().then((data): [string, TypedArray] => [name, data as TypedArray])];
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
    `The export does not compute what tfjs computes: output '${name}' is off by ${found.abs.toPrecision(3)} (${found.rel.toPrecision(3)} of its largest magnitude; allowed are ${tolerance.relative} of it plus ${tolerance.absolute}) with ${label}. ${place} If the difference is harmless, such as the rounding of a decision, raise verify.tolerance or pass verify: false.`,
    { problems: [`${name}: abs ${found.abs}, rel ${found.rel} with ${label}`, place] },
  );
}
