import { writeModel } from '@latentkit/onnx';
import type { TypedArray } from '@tensorflow/tfjs-core';
import { placeOf } from '../trace/graph.ts';
import { canonical } from '../trace/merge/canonical.ts';
import { recordOn } from '../trace/trace.ts';
import type { VerifyCase } from './cases.ts';
import { difference, type Tolerance, within } from './compare.ts';
import type { Runtime, RuntimeTensor } from './runtime.ts';
import { feedsOf, numbers, open, type VerifySubject } from './subject.ts';

/**
 * Finds the first kernel whose result differs: the graph is written again as it was traced, with every
 * intermediate value as an output, and each is compared with the tensor that tfjs had there.
 */
export async function locate(
  subject: VerifySubject,
  runtime: Runtime,
  example: VerifyCase,
  tolerance: Tolerance,
): Promise<string> {
  const { model, names } = await subject.plain();
  const declared = new Set(model.graph.outputs.map(({ name }) => name));
  const inputs = new Set(model.graph.inputs.map(({ name }) => name));
  const initializers = model.graph.initializers;
  for (const name of new Set(names.values())) {
    if (declared.has(name) || inputs.has(name) || initializers.has(name)) continue;
    model.graph.outputs.push({
      name,
      type: { kind: 'tensor', dtype: dtypeOf(subject, names, name), shape: null },
      docString: '',
    });
  }
  const session = await open(runtime, writeModel(model), 'disabled');
  const recording = recordOn(subject, example.sizes, example.values, true);
  try {
    const results = await session.run(await feedsOf(runtime, subject, recording, example));
    const { refs } = canonical(recording);
    for (const kernel of subject.graph.kernels) {
      for (const { index } of kernel.outputs) {
        const name = names.get(index);
        const ref = refs[index];
        const tensor = ref === undefined ? undefined : recording.tensors.get(ref.id);
        const result = name === undefined ? undefined : results[name];
        if (name === undefined || tensor === undefined || result === undefined) continue;
        const expected = (await tensor.data()) as TypedArray;
        const found = difference(expected, numbers(result as RuntimeTensor));
        if (within(found, tolerance)) continue;
        const node = model.graph.nodes.find(({ outputs }) => outputs.includes(name));
        return `The first kernel that differs is ${placeOf(kernel)} (ONNX node '${node?.name ?? name}', ${node?.opType ?? 'unknown'}), by ${found.abs.toPrecision(3)}.`;
      }
    }
    return 'No kernel of the plain graph differs: the difference comes from simplifying it (optimize: false leaves that out), or from how ONNX Runtime optimises it.';
  } finally {
    recording.dispose();
    await session.release();
  }
}

function dtypeOf(
  { graph }: VerifySubject,
  names: ReadonlyMap<number, string>,
  name: string,
): 'float32' | 'int32' | 'bool' {
  for (const { outputs } of graph.kernels) {
    for (const { index, dtype } of outputs) {
      if (names.get(index) === name) return dtype as 'float32' | 'int32' | 'bool';
    }
  }
  return 'float32';
}
