import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { registeredVariables } from './engine.ts';
import { followLayers, refuseRandomLayer } from './layers.ts';
import { Recorder } from './recorder.ts';
import { type Assignment, type Recording, refOf, type TensorRef } from './recording.ts';
import { isRecurrent, recurrentCall } from './recurrent.ts';

/** The recording that runs. */
let current: Recorder | null = null;

/**
 * Names the place of all kernels since the last label, for a source that knows its places only
 * afterwards. Without a recording it does nothing.
 */
export function labelKernels(scope: string): void {
  current?.label(scope);
}

/**
 * Runs a function on tensors and records every kernel that it calls on tfjs's engine. Kernels that a
 * backend calls inside of another kernel are recorded as well, since values saved for the gradient are
 * cloned there.
 *
 * Variables that the function assigns are given their old values back.
 */
export function record(
  fn: (inputs: Tensor[]) => readonly (readonly [name: string, tensor: Tensor])[],
  inputs: readonly Tensor[],
  keepAll = false,
): Recording {
  if (current !== null) throw new Error('A trace cannot run inside of another trace.');
  const recorder = new Recorder(keepAll);
  const restoreLayers = followLayers(recorder.scopes, (layer, args, run) => {
    refuseRandomLayer(layer);
    // Gradients go through the single steps.
    const isOne = isRecurrent(layer) && !recorder.engine.inGradient;
    const one = isOne ? recurrentCall(layer, args[0], args[1]) : null;
    return one === null ? run() : recorder.kernel(one.kernel, one.inputs, one.attrs, run);
  });
  const before = new Map<Variable, { dataId: object; copy: Tensor }>();
  current = recorder;
  try {
    for (const variable of registeredVariables()) {
      before.set(variable, { dataId: variable.dataId, copy: recorder.engine.keepCopy(variable) });
      recorder.addVariable(variable);
    }
    for (const tensor of inputs) recorder.addInput(tensor);
    const assignments: Assignment[] = [];
    let outputs: (readonly [string, TensorRef])[] = [];
    engine().startScope('trace');
    try {
      outputs = fn([...inputs]).map(([name, tensor]) => {
        const ref = recorder.resolve(tensor);
        recorder.keep(tensor, ref.id);
        return [name, ref] as const;
      });
      for (const [variable, { dataId }] of before) {
        if (variable.isDisposed || variable.dataId === dataId) continue;
        assignments.push({ variable, value: recorder.resolve(variable) });
      }
    } finally {
      engine().endScope();
    }
    const { kernels, leaves, readsBack, tensors } = recorder;
    return {
      inputs: inputs.map(refOf),
      outputs,
      kernels,
      leaves,
      assignments,
      readsBack,
      tensors,
      dispose: () => recorder.dispose(),
    };
  } catch (error) {
    recorder.dispose();
    throw error;
  } finally {
    current = null;
    restoreLayers();
    recorder.engine.restore();
    for (const [variable, { dataId, copy }] of before) {
      if (!variable.isDisposed && variable.dataId !== dataId) variable.assign(copy);
      copy.dispose();
    }
  }
}
