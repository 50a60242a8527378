import { attr } from '../attributes.ts';
import { cloneModel } from '../clone-model.ts';
import type { Model, TensorData } from '../ir.ts';
import { seeded, TestGraph } from './run-passes.ts';

/** 784 → 400 ReLU → mean and log variance of 20, weights of the size that training leaves. */
export function mlpEncoder(): Model {
  const g = new TestGraph(seeded(1));
  const small = (dims: number[], name: string) => {
    const scale = 1 / Math.sqrt(dims[0] as number);
    const values = Array.from(
      { length: dims.reduce((a, b) => a * b, 1) },
      () => (g.random() * 2 - 1) * scale,
    );
    return g.floats(values, dims, name);
  };
  const hidden = g.node('Gemm', [g.x(['batch', 784]), small([784, 400], 'w1'), small([400], 'b1')]);
  const active = g.node('Relu', [hidden]);
  g.y(g.node('Gemm', [active, small([400, 20], 'w2'), small([20], 'b2')]));
  g.y(
    g.node('Gemm', [active, small([400, 20], 'w3'), small([20], 'b3')], { alpha: attr.float(0.5) }),
  );
  return g.build();
}

/** The model with some of its constants replaced. */
export function withConstants(
  model: Model,
  replace: (tensor: TensorData) => TensorData | undefined,
): Model {
  const copy = cloneModel(model);
  for (const [name, tensor] of copy.graph.initializers) {
    copy.graph.initializers.set(name, replace(tensor) ?? tensor);
  }
  return copy;
}
