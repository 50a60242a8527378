import { LatentkitError } from '@latentkit/core';
import type { Model } from '@latentkit/onnx';
import { traceFunction } from '@latentkit/tfjs-to-onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch, TermTensors, Trainable } from '../../families/family.ts';
import type { NamedVariable } from '../../families/variables.ts';
import { optimizeStep, type StepLayout } from './optimize-step.ts';
import { reportOnRequest } from './report-on-request.ts';
import { withoutValues } from './without-values.ts';

/** A graph of the batch, the weights and the buffers, all of them inputs under the names given here. */
export interface TracedGraph {
  readonly model: Model;
  /** Weights and buffers that the graph reads, as inputs named like them. */
  readonly reads: ReadonlySet<string>;
  /** Buffers that the graph gives new values of. */
  readonly updates: readonly string[];
  /** Weights that the graph takes transposed, and whose gradients it gives transposed. */
  readonly transposed: ReadonlySet<string>;
}

/** The outputs that hold the terms. */
export const TERMS = ['loss', 'reconstruction', 'kl'] as const;
/** The output that holds the gradient of a weight. */
export const gradientOf = (weight: string) => `gradient:${weight}`;
/** The output that holds the new value of a buffer. */
export const updateOf = (buffer: string) => `update:${buffer}`;

/**
 * Traces the loss, its terms and its gradients for batches of `count` items: outputs {@link TERMS}, computed where
 * the input `report` asks for them, {@link gradientOf} each weight, and {@link updateOf} each buffer.
 */
export async function traceStep(
  trainable: Trainable,
  count: number,
  layout: StepLayout = {},
): Promise<TracedGraph> {
  const weights = trainable.weights.map(({ variable }) => variable);
  const traced = await traceBatch(trainable, count, layout, (batch) => {
    let terms: TermTensors | undefined;
    const { value, grads } = tf.variableGrads(() => {
      terms = keepTerms(trainable.terms(batch));
      return terms.loss;
    }, weights);
    const { reconstruction, kl, updates = {} } = terms as TermTensors;
    const gradients = trainable.weights.map(({ name, variable }) => {
      const gradient = grads[variable.name];
      if (gradient) return [gradientOf(name), gradient] as const;
      throw new LatentkitError(
        'invalid-data',
        `The loss does not depend on the weight ${name}: leave it out of the model's weights.`,
      );
    });
    const next = Object.entries(updates).map(([name, update]) => [updateOf(name), update] as const);
    return { loss: value, reconstruction, kl, ...Object.fromEntries([...gradients, ...next]) };
  });
  reportOnRequest(traced.model, TERMS);
  return traced;
}

/** Traces the terms of a batch alone, for batches of `count` items. */
export async function traceTerms(
  trainable: Trainable,
  count: number,
  layout: StepLayout,
): Promise<TracedGraph> {
  return traceBatch(trainable, count, layout, (batch) => {
    const { loss, reconstruction, kl } = trainable.terms(batch);
    return { loss, reconstruction, kl };
  });
}

async function traceBatch(
  trainable: Trainable,
  count: number,
  layout: StepLayout,
  run: (batch: Batch) => Record<string, tf.Tensor>,
): Promise<TracedGraph> {
  const { itemSize, labels, noiseSize } = trainable;
  const rows = (size: number, range: readonly [number, number]) => ({ shape: [null, size], range });
  const scalar = { shape: [] };
  const inputs = {
    items: rows(itemSize, [0, 1]),
    ...(labels > 0 ? { labels: rows(labels, [0, 1]) } : {}),
    ...(noiseSize > 0 ? { noise: rows(noiseSize, [-2, 2]) } : {}),
    beta: scalar,
    capacity: scalar,
  };
  const names = Object.keys(inputs);
  const { model, variables } = await traceFunction(
    (...tensors: tf.Tensor[]) => {
      const given = Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor]));
      const items = given['items'] as tf.Tensor2D;
      const noise = given['noise'] ?? tf.zeros([items.shape[0], 0]);
      return withoutValues(() => run({ ...given, items, noise } as Batch));
    },
    { inputs, variables: 'inputs', batch: count, optimize: false, name: 'step' },
  );
  const known = [...trainable.weights, ...trainable.buffers];
  const renamed = new Map(
    [...variables].map(([input, variable]) => [input, nameOf(variable, known)]),
  );
  renameInputs(model, renamed);
  const reads = new Set(renamed.values());
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  const weights = trainable.weights
    .filter(({ name }) => reads.has(name))
    .map(({ name }) => {
      const gradient = gradientOf(name);
      return { input: name, gradient: outputs.has(gradient) ? gradient : undefined };
    });
  const updates = trainable.buffers
    .map(({ name }) => name)
    .filter((name) => outputs.has(updateOf(name)));
  return { ...(await optimizeStep(model, weights, layout)), reads, updates };
}

/** Kept from the tidying up at the end of `variableGrads`, which spares its result alone. */
function keepTerms(terms: TermTensors): TermTensors {
  const { loss, reconstruction, kl, updates = {} } = terms;
  for (const tensor of [reconstruction, kl, ...Object.values(updates)]) tf.keep(tensor);
  return { loss, reconstruction, kl, updates };
}

function nameOf(variable: tf.Variable, known: readonly NamedVariable[]): string {
  const found = known.find((candidate) => candidate.variable === variable);
  if (found) return found.name;
  throw new LatentkitError(
    'invalid-data',
    `The objective reads the variable ${variable.name}, which is neither a weight nor a buffer of the model.`,
  );
}

/** Inputs are renamed by way of fresh names, since a new name may be the old name of another input. */
function renameInputs({ graph }: Model, renamed: ReadonlyMap<string, string>): void {
  const taken = new Set([
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  for (const name of renamed.values()) {
    if (!taken.has(name)) continue;
    throw new LatentkitError('runtime', `The traced graph has a value called ${name} already.`);
  }
  const rename = (name: string) => renamed.get(name) ?? name;
  for (const input of graph.inputs) input.name = rename(input.name);
  for (const node of graph.nodes) node.inputs = node.inputs.map(rename);
}
