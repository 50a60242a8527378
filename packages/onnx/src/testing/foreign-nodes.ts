import { expect } from '@jest/globals';
import { cloneModel } from '../clone-model.ts';
import { inferShapes } from '../infer/infer-shapes.ts';
import type { Model, Node, ValueType } from '../ir.ts';

/** Nodes of a domain that nobody knows: what such a node computes, a rewrite cannot know, whatever its name is. */

const DOMAIN = 'com.example';

/** The model with some nodes in another domain; all types are declared, so that only the domain is in a rule's way. */
export function withForeign(model: Model, isForeign: (node: Node) => boolean): Model {
  const { types } = inferShapes(model);
  const foreign = cloneModel(model);
  foreign.opsets.set(DOMAIN, 1);
  for (const node of foreign.graph.nodes) {
    if (isForeign(node)) node.domain = DOMAIN;
    for (const name of node.outputs) {
      const type = types.get(name);
      if (type) foreign.graph.valueInfo.set(name, { name, type, docString: '' });
    }
  }
  return foreign;
}

/** That the nodes of the other domain which are left are called as before: with the same attributes, constants and types. */
export function expectForeignKept(before: Model, after: Model): void {
  const old = new Map(before.graph.nodes.map((node) => [node.name, node]));
  const [oldTypes, newTypes] = [inferShapes(before).types, inferShapes(after).types];
  for (const node of after.graph.nodes.filter(({ domain }) => domain === DOMAIN)) {
    const was = old.get(node.name) as Node;
    expect([node.opType, node.attributes]).toEqual([was.opType, was.attributes]);
    expect(node.inputs).toHaveLength(was.inputs.length);
    expect(node.outputs).toHaveLength(was.outputs.length);
    node.inputs.forEach((name, i) => {
      const given = was.inputs[i] as string;
      const constant = before.graph.initializers.get(given);
      if (constant) {
        const { name: _, ...values } = constant;
        expect(after.graph.initializers.get(name)).toMatchObject(values);
      } else {
        expect(shapeOf(newTypes.get(name), oldTypes.get(given))).toEqual(
          shapeOf(oldTypes.get(given), newTypes.get(name)),
        );
      }
    });
  }
}

/** A type's shape as far as the other knows it too. */
function shapeOf(type: ValueType | undefined, other: ValueType | undefined) {
  if (type?.kind !== 'tensor' || other?.kind !== 'tensor' || !type.shape || !other.shape)
    return undefined;
  const { shape } = other;
  return type.shape.map((dim, i) => (typeof dim === typeof shape[i] ? dim : null));
}
