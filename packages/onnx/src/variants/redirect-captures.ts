import type { Attribute, Graph, Node } from '../ir.ts';

/**
 * The attributes of a node whose bodies read another value of the graph around them. Where a body gives the name to a
 * value of its own, that one goes on being read.
 */
export function redirectCaptures(
  { attributes }: Node,
  from: string,
  to: string,
): Map<string, Attribute> {
  const redirect = (body: Graph) => (declares(body, from) ? body : redirectWithin(body, from, to));
  const redirected = (attribute: Attribute): Attribute => {
    if (attribute.type === 'graph') return { ...attribute, value: redirect(attribute.value) };
    if (attribute.type !== 'graphs') return attribute;
    return { ...attribute, value: attribute.value.map(redirect) };
  };
  return new Map([...attributes].map(([name, attribute]) => [name, redirected(attribute)]));
}

function redirectWithin(body: Graph, from: string, to: string): Graph {
  const redirect = (name: string) => (name === from ? to : name);
  return {
    ...body,
    nodes: body.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(redirect),
      attributes: redirectCaptures(node, from, to),
    })),
    outputs: body.outputs.map((output) => ({ ...output, name: redirect(output.name) })),
  };
}

function declares({ inputs, initializers, nodes }: Graph, name: string): boolean {
  return (
    initializers.has(name) ||
    inputs.some((input) => input.name === name) ||
    nodes.some(({ outputs }) => outputs.includes(name))
  );
}
