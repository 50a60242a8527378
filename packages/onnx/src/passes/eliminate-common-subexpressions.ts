import type { Attribute, Node } from '../ir.ts';
import type { GraphView } from '../rewrite/graph-view.ts';
import { isStandard } from '../rewrite/is-op.ts';
import type { Pass } from '../rewrite/pass.ts';

export const eliminateCommonSubexpressions: Pass = {
  name: 'eliminate-common-subexpressions',
  summary: 'Nodes that compute the same from the same inputs become one; random ones never.',
  apply({ view }) {
    const seen = new Map<string, Node>();
    let rewrites = 0;
    for (const node of view.nodes()) {
      const key = keyOf(node);
      if (key === undefined) continue;
      const first = seen.get(key);
      if (!first) seen.set(key, node);
      else if (replace(view, node, first)) rewrites++;
    }
    return rewrites;
  },
};

const RANDOM = [
  'Bernoulli',
  'Dropout',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
];
const COMMUTATIVE = ['Add', 'Mul', 'And', 'Or', 'Xor', 'Equal'];

/** Equal for nodes that compute the same; undefined for those that may not. */
function keyOf(node: Node): string | undefined {
  if (!isStandard(node) || RANDOM.includes(node.opType)) return undefined;
  const attributes: string[] = [];
  for (const [name, attribute] of node.attributes) {
    const parts = attributeParts(attribute);
    if (parts === undefined) return undefined;
    attributes.push(JSON.stringify([name, attribute.type, ...parts]));
  }
  const inputs = COMMUTATIVE.includes(node.opType) ? [...node.inputs].sort() : node.inputs;
  const used = node.outputs.map((output) => output !== '');
  return JSON.stringify([node.opType, inputs, attributes.sort(), used]);
}

/** What tells an attribute from all others of its type, one text a part. */
function attributeParts(attribute: Attribute): string[] | undefined {
  switch (attribute.type) {
    case 'graph':
    case 'graphs':
    case 'tensors':
    case 'typeProto':
      return undefined;
    case 'tensor': {
      const { dtype, dims, raw, strings, external } = attribute.value;
      return external ? undefined : [dtype, `${dims}`, `${raw}`, JSON.stringify(strings ?? null)];
    }
    case 'float':
      return [floatText(attribute.value)];
    case 'floats':
      return attribute.value.map(floatText);
    case 'ints':
    case 'strings':
      return Array.from(attribute.value, String);
    case 'int':
    case 'string':
      return [String(attribute.value)];
  }
}

/** Numbers as text, −0 unlike 0. */
const floatText = (value: number) => (Object.is(value, -0) ? '-0' : String(value));

function replace(view: GraphView, node: Node, first: Node): boolean {
  if (node.outputs.length === 1) return view.bypass(node, first.outputs[0] as string);
  if (node.outputs.some((output) => view.isPinned(output))) return false;
  view.remove(node);
  node.outputs.forEach((output, i) => {
    if (output !== '') view.redirectUses(output, first.outputs[i] as string);
  });
  return true;
}
