import type { Model, Node } from '@latentkit/onnx';

/** Ways to spoil a model of any kind, each at every node or value where it can be done. */
export const DAMAGES: Readonly<Record<string, (model: Model, at: number) => boolean>> = {
  'a node reads what nobody gives': (model, at) =>
    changed(model, at, ({ inputs }) => {
      if (!inputs[0]) return false;
      inputs[0] = 'nobody gives this';
      return true;
    }),
  'a node is gone': ({ graph }, at) => graph.nodes.splice(at, 1).length > 0,
  'a node stands before what it reads': ({ graph }, at) => {
    const [node] = graph.nodes.splice(at, 1);
    if (node) graph.nodes.unshift(node);
    return at > 0 && node !== undefined;
  },
  'a node is there twice': ({ graph }, at) => {
    const node = graph.nodes[at];
    if (node) graph.nodes.push({ ...node, name: 'again' });
    return node !== undefined;
  },
  'an operator that there is not': (model, at) =>
    changed(model, at, (node) => {
      if (node.domain !== '' && node.domain !== 'ai.onnx') return false;
      node.opType = 'Nonexistent';
      return true;
    }),
  'an input too many': (model, at) =>
    changed(model, at, ({ inputs }) => {
      while (inputs.length < 40) inputs.push(inputs[0] ?? '');
      return inputs[0] !== undefined;
    }),
  'no inputs': (model, at) =>
    changed(model, at, (node) => {
      const had = node.inputs.length > 0;
      node.inputs = [];
      return had;
    }),
  'an attribute that the operator does not have': (model, at) =>
    changed(model, at, ({ attributes, domain }) => {
      attributes.set('nonsense', { type: 'int', value: 1n });
      return domain === '' || domain === 'ai.onnx';
    }),
  'attributes of another type': (model, at) =>
    changed(model, at, ({ attributes }) => {
      for (const [name, { type }] of attributes) {
        attributes.set(
          name,
          type === 'string'
            ? { type: 'int', value: 1n }
            : { type: 'string', value: new TextEncoder().encode('text') },
        );
      }
      return attributes.size > 0;
    }),
  'a weight of other dims': ({ graph }, at) => {
    const weight = [...graph.initializers.values()][at];
    const product = weight?.dims.reduce((a, b) => a * b, 1) ?? 0;
    if (!weight || weight.dims.length < 2 || product < 4) return false;
    graph.initializers.set(weight.name, { ...weight, dims: [product] });
    return true;
  },
  'a weight of another type': ({ graph }, at) => {
    const weight = [...graph.initializers.values()][at];
    if (weight?.dtype !== 'float32') return false;
    graph.initializers.set(weight.name, { ...weight, dtype: 'int32' });
    return true;
  },
  'an output of another type': ({ graph }, at) => {
    const output = graph.outputs[at];
    if (output?.type.kind !== 'tensor') return false;
    output.type = { ...output.type, dtype: 'int64' };
    return true;
  },
  'an output of another size': ({ graph }, at) => {
    const output = graph.outputs[at];
    if (output?.type.kind !== 'tensor' || !output.type.shape) return false;
    output.type = { ...output.type, shape: [...output.type.shape.slice(0, -1), 977] };
    return true;
  },
  'an output that nobody gives': ({ graph }, at) => {
    const output = graph.outputs[at];
    if (output) output.name = 'nobody gives this';
    return output !== undefined;
  },
};

function changed(model: Model, at: number, change: (node: Node) => boolean): boolean {
  const node = model.graph.nodes[at];
  return node !== undefined && change(node);
}

/** Every damage of a model, evenly spread: at most so many of each kind. */
export function* damaged(
  model: Model,
  most: number,
): Generator<{ readonly name: string; readonly model: Model }> {
  const { nodes, initializers, outputs } = model.graph;
  const places = Math.max(nodes.length, initializers.size, outputs.length);
  for (const [name, damage] of Object.entries(DAMAGES)) {
    let done = 0;
    for (let i = 0; i < places && done < most; i++) {
      const at = (i * 7) % places;
      const copy = structuredClone(model);
      if (!damage(copy, at)) continue;
      done += 1;
      yield { name: `${name}, ${at}`, model: copy };
    }
  }
}
