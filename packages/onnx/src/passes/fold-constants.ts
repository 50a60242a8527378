import { bytesPerElement } from '../dtype.ts';
import type { Attribute, Node, TensorData } from '../ir.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { staticShape } from '../rewrite/shape-algebra.ts';
import { decode, encode, int64Tensor } from '../rewrite/tensor-values.ts';
import { tensorFromArray } from '../tensor.ts';
import { canEvaluate, evaluateNode } from './evaluate/evaluate-node.ts';

type Value = Omit<TensorData, 'name'>;

export const foldConstants: Pass = {
  name: 'fold-constants',
  summary:
    'What depends on constants or on known shapes alone is computed here; large results only where they replace as much.',
  apply(context) {
    const { view } = context;
    let rewrites = 0;
    for (const node of view.nodes()) {
      // A node that gives a graph output stays, since an output must be something's result.
      if (node.outputs.some((output) => output === '' || view.isGraphOutput(output))) continue;
      const values = constantOutputs(node, context);
      if (!values) continue;
      view.remove(node);
      node.outputs.forEach((name, i) => {
        view.graph.initializers.set(name, { ...(values[i] as Value), name });
      });
      rewrites++;
    }
    return rewrites;
  },
};

function constantOutputs(node: Node, context: PassContext): Value[] | undefined {
  if (isOp(node, 'Constant')) {
    const value = constantAttribute(node);
    return value && [value];
  }
  const followed = followedIntegers(node, context);
  if (followed) return [followed];
  if (isOp(node, 'ConstantOfShape')) {
    const value = filled(node, context);
    return value && [value];
  }
  return evaluated(node, context);
}

function constantAttribute(node: Node): Value | undefined {
  const [attribute] = node.attributes;
  if (!attribute || node.attributes.size !== 1) return undefined;
  return attributeTensor(attribute[1]);
}

function attributeTensor(attribute: Attribute): Value | undefined {
  switch (attribute.type) {
    case 'tensor':
      return attribute.value.external ? undefined : attribute.value;
    case 'float':
      return tensorFromArray('', 'float32', [attribute.value], []);
    case 'floats':
      return tensorFromArray('', 'float32', attribute.value, [attribute.value.length]);
    case 'int':
      return tensorFromArray('', 'int64', [attribute.value], []);
    case 'ints':
      return tensorFromArray('', 'int64', attribute.value, [attribute.value.length]);
    default:
      return undefined;
  }
}

/** Integers that follow from shapes, such as Shape and what is picked from it. */
function followedIntegers(node: Node, { types }: PassContext): Value | undefined {
  if (node.outputs.length !== 1) return undefined;
  const { dtype, shape, data } = types.get(node.outputs[0]);
  const values = staticShape(data);
  if (!values || dtype !== 'int64' || !shape || shape.length > 1) return undefined;
  return { ...int64Tensor(values), dims: shape.length === 0 ? [] : [values.length] };
}

function filled(node: Node, { view, types, foldLimit, budget }: PassContext): Value | undefined {
  const dims = staticShape(types.get(node.outputs[0]).shape);
  if (!dims || !view.constant(node.inputs[0])) return undefined;
  const attribute = node.attributes.get('value');
  const fill = attribute?.type === 'tensor' ? decode(attribute.value) : undefined;
  if (attribute && !fill) return undefined;
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (count * 8 > Math.min(foldLimit, budget.bytes)) return undefined;
  budget.bytes -= count * 8;
  const values = new Float64Array(count).fill(fill?.values[0] ?? 0);
  return encode({ dtype: fill?.dtype ?? 'float32', dims, values });
}

/** Inputs of a Sum, Max, … that is folded. */
const MAX_OPERANDS = 64;

function evaluated(node: Node, context: PassContext): Value[] | undefined {
  const { view, opset, foldLimit, budget } = context;
  if (!canEvaluate(node) || node.inputs.length === 0) return undefined;
  // Element by element, each input is as large as the result.
  if (node.inputs.length > MAX_OPERANDS && !isOp(node, 'Concat')) return undefined;
  const inputs = node.inputs.map((name) => view.constant(name));
  if (node.inputs.some((name, i) => name !== '' && !inputs[i])) return undefined;
  const spare = inputs.reduce((bytes, input) => {
    const replaced = input !== undefined && view.soleConsumer(input.name) === node;
    return replaced ? bytes + input.raw.length : bytes;
  }, 0);
  const size = outputBytes(node, context);
  if (size === undefined || size > Math.max(foldLimit, spare)) return undefined;
  const growth = Math.max(0, size - spare);
  const elements = inputs.reduce((sum, input) => sum + (input?.raw.length ?? 0), size);
  if (growth > budget.bytes || elements > budget.elements) return undefined;
  budget.elements -= elements;
  const values = evaluateNode(node, inputs, opset);
  if (values) budget.bytes -= growth;
  return values;
}

/** The result's bytes, known before anything is computed. */
function outputBytes(node: Node, { types }: PassContext): number | undefined {
  let bytes = 0;
  for (const name of node.outputs) {
    const { shape, dtype } = types.get(name);
    const dims = staticShape(shape);
    const width = dtype && bytesPerElement(dtype);
    if (!dims || !width) return undefined;
    bytes += width * dims.reduce((count, dim) => count * dim, 1);
  }
  return bytes;
}
