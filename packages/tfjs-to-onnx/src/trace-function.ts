import { type Model, OnnxError, optimize } from '@latentkit/onnx';
import type { Variable } from '@tensorflow/tfjs-core';
import { checkOptions, checkTraceSizes } from './check-options.ts';
import { causeText, ExportError } from './error.ts';
import { lowerGraph } from './lower-graph.ts';
import { type ExportSource, normaliseSource } from './source/source.ts';
import { registeredVariables } from './trace/engine.ts';
import type { TracedGraph } from './trace/graph.ts';
import { type InputSpecs, normaliseInputs, symbolsOf } from './trace/inputs.ts';
import { trace } from './trace/trace.ts';
import type { VerifySubject } from './verify/subject.ts';

export interface TraceFunctionOptions {
  /** The inputs by name, in the order of the function's parameters. Scalars have the shape []. */
  readonly inputs?: InputSpecs;
  /** Names for the outputs, in the order in which the function returns them. */
  readonly outputs?: readonly string[];
  /** Fixes the dimension `'batch'` (null in a shape): the graph holds no dynamic dimension then. */
  readonly batch?: number;
  /** ONNX operator set, 13 to 22. Default 17. */
  readonly opset?: number;
  /** The graph's name. */
  readonly name?: string;
  /** Whether `tf.Variable`s that the function reads become constants (default) or inputs. */
  readonly variables?: 'initializers' | 'inputs';
  /** Names of inputs that take the place of random numbers, in the order in which they are drawn. */
  readonly noise?: readonly string[];
  /** Two sizes to trace a named dimension at. Default 2 and 3 for the batch, 8 and 12 for others. */
  readonly traceSizes?: Readonly<Record<string, readonly [number, number]>>;
  /**
   * A batch at which a function of a dynamic batch is traced once more, so that conditions in JavaScript on the
   * size of the batch show (`x.shape[0] > 10`): those that hold at this batch and not at the small ones, or the other
   * way round. An integer from 1 up, or false for none. Default 67, and none where that would take more than about
   * 100 million multiplications.
   */
  readonly largeBatch?: number | false;
  /** Whether to simplify the graph. Default true. */
  readonly optimize?: boolean;
  /** Key-value pairs kept in the model. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface TracedFunction {
  readonly model: Model;
  /** With `variables: 'inputs'`: the variables that became inputs, by the names of those inputs. */
  readonly variables: ReadonlyMap<string, Variable>;
  /**
   * Variables that the function assigned: the new value of `variable` is the output `output`. The
   * variables themselves keep the values that they had before the trace.
   */
  readonly assignments: readonly { output: string; variable: Variable }[];
  /** What the graph cannot tell: values read back into JavaScript, for instance. */
  readonly warnings: readonly string[];
  /** tfjs kernels in the trace, with the number of their calls. */
  readonly kernels: Readonly<Record<string, number>>;
}

/**
 * Traces a function, or a model, into an ONNX model: the base of `toOnnx`, for graphs that are more
 * than inference. The function may call `tf.grads`, `tf.variableGrads` or a tf optimizer inside; its
 * gradients become nodes like all others.
 *
 * A training step with the weights as inputs and the updated ones as outputs:
 *
 * ```ts
 * const step = await traceFunction(
 *   (x: Tensor2D, rate: Scalar) => {
 *     const { value, grads } = tf.variableGrads(() => loss(x));
 *     const next = Object.entries(grads).map(([name, g]) => [`${name}:next`, weights[name].sub(g.mul(rate))]);
 *     return { loss: value, ...Object.fromEntries(next) };
 *   },
 *   { inputs: { x: { shape: [null, 784] }, rate: { shape: [] } }, variables: 'inputs', batch: 128 },
 * );
 * step.model;      // inputs x, rate, then every variable under its own name
 * step.variables;  // Map of input name → tf.Variable, to read the first values from
 * ```
 *
 * The function runs two to four times, at small sizes whatever `batch` is, and where the batch is dynamic
 * once at `largeBatch`, on example values from each input's `range`. It must do the same on each call: sizes may vary, the kernels may not.
 *
 * @throws ExportError `unsupported` (all kernels at once), `unstable-constant` (random numbers; see
 *   `noise`), `unstable-trace` (JavaScript conditions), `invalid-argument`
 */
export async function traceFunction(
  source: ExportSource,
  options: TraceFunctionOptions = {},
): Promise<TracedFunction> {
  checkOptions(options);
  const { subject, ...traced } = await traceSubject(source, options);
  subject.graph.dispose();
  return traced;
}

/**
 * A trace that is still alive, so that its export can be verified. `subject.graph` is to be disposed of.
 *
 * @param backend the opened tfjs backend to run on; default the current one
 */
export async function traceSubject(
  source: ExportSource,
  options: TraceFunctionOptions,
  backend?: string,
): Promise<TracedFunction & { subject: Omit<VerifySubject, 'bytes'> }> {
  const taken = [
    ...(options.noise ?? []),
    ...(options.variables === 'inputs' ? registeredVariables().map(({ name }) => name) : []),
  ];
  const { fn, inputs, name, weightNames } = normaliseSource(source, { ...options, taken });
  const normal = normaliseInputs(inputs);
  checkTraceSizes(options.traceSizes, symbolsOf(normal));
  const traced = await trace(fn, {
    inputs: normal,
    batch: options.batch,
    traceSizes: options.traceSizes,
    largeBatch: options.largeBatch,
    noise: options.noise,
    backend,
  });
  try {
    const { graph, assignments } = withAssignments(traced);
    const write = (expose: boolean) =>
      writtenBy(() =>
        lowerGraph(graph, {
          expose,
          name: options.name ?? name,
          opset: options.opset ?? 17,
          variables: options.variables ?? 'initializers',
          metadata: options.metadata,
          weightNames,
        }),
      );
    const { model, variables } = await write(false);
    return {
      model: options.optimize === false ? model : await writtenBy(() => optimize(model)),
      variables: new Map(variables.map(({ name: input, variable }) => [input, variable])),
      assignments,
      warnings: graph.warnings,
      kernels: count(graph.kernels.map(({ kernel }) => kernel)),
      subject: {
        fn,
        inputs: normal,
        backend,
        traceSizes: options.traceSizes,
        batch: options.batch,
        graph,
        plain: () => write(true),
      },
    };
  } catch (error) {
    traced.dispose();
    throw error;
  }
}

/**
 * What ONNX refuses of a graph that was written names its nodes, which came of layers and kernels.
 *
 * @throws ExportError `unsupported` for an OnnxError
 */
async function writtenBy<T>(write: () => T | Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (!OnnxError.isInstance(cause)) throw cause;
    throw new ExportError(
      'unsupported',
      `What is to be exported has no ONNX form that is known here: ${causeText(cause)}. This is a mistake of the exporter; please report it with the function. Casting the tensors before that operation may be a way round.`,
      { cause, problems: [cause.message] },
    );
  }
}

/** Assigned variables become outputs, named after them. */
function withAssignments(graph: TracedGraph) {
  const assignments = graph.assignments.map(({ variable, value }) => ({
    output: `${variable.name}:assigned`,
    variable,
    value,
  }));
  const outputs = assignments.map(({ output, value }) => ({ name: output, tensor: value }));
  return {
    graph: { ...graph, outputs: [...graph.outputs, ...outputs] },
    assignments: assignments.map(({ output, variable }) => ({ output, variable })),
  };
}

export function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
