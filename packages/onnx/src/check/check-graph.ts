import { OnnxError } from '../errors.ts';
import type { Graph, Model, Node, TensorData, ValueInfo, ValueType } from '../ir.ts';
import { nodeLabel, type Problems } from '../problem.ts';
import { checkTensorSize, elementCount } from '../tensor.ts';
import { attributeGraphs } from '../walk.ts';
import { type AllowedDomains, checkNode } from './check-node.ts';
import { Scope } from './scope.ts';

export interface GraphCheck {
  model: Model;
  allowed: AllowedDomains;
  problems: Problems;
}

/** Checks names, types, scopes, order and every node of a graph and of the bodies in it. */
export function checkGraph(graph: Graph, check: GraphCheck, where: string, outer?: Scope): void {
  const { problems, model } = check;
  const main = outer === undefined;
  if (graph.name === '') problems.add('names', where, 'The graph has no name.');
  const scope = new Scope(outer);
  for (const input of graph.inputs) {
    checkValueInfo(input, 'input', main, where, problems);
    if (scope.hasOwn(input.name)) {
      problems.add('ssa', where, `Two graph inputs are named "${input.name}".`);
    }
    scope.add(input.name);
  }
  for (const [name, tensor] of graph.initializers) {
    if (name === '') problems.add('names', where, 'An initializer has no name.');
    if (model.irVersion <= 3 && !scope.hasOwn(name)) {
      const message = `The initializer "${name}" is no graph input, which IR ${model.irVersion} demands.`;
      problems.add('initializers-are-inputs', where, message);
    }
    checkTensor(tensor, `${where}, initializer "${name}"`, problems);
    scope.add(name);
  }
  for (const [index, node] of graph.nodes.entries()) {
    checkNodeInScope(node, check, `${where}, ${nodeLabel(node, index)}`, scope);
  }
  const seen = new Set<string>();
  for (const output of graph.outputs) {
    checkValueInfo(output, 'output', main, where, problems);
    if (!scope.hasOwn(output.name)) {
      const message = `The graph output "${output.name}" is produced by no node of the graph.`;
      problems.add('graph-outputs', where, message);
    }
    if (seen.has(output.name)) {
      const message = `The graph output "${output.name}" is listed twice.`;
      problems.add('graph-outputs', where, message, 'warning');
    }
    seen.add(output.name);
  }
}

function checkNodeInScope(node: Node, check: GraphCheck, where: string, scope: Scope): void {
  const { problems } = check;
  for (const input of node.inputs) {
    if (input !== '' && !scope.has(input)) {
      const message = `The input "${input}" is no graph input, no constant and no output of an earlier node.`;
      problems.add('topological-order', where, message);
    }
  }
  checkNode(node, check.model, check.allowed, where, problems);
  for (const [name, attribute] of node.attributes) {
    const path = `${where}, attribute "${name}"`;
    if (name === '') problems.add('names', where, 'An attribute has no name.');
    if (attribute.type === 'tensor') checkTensor(attribute.value, path, problems);
    if (attribute.type === 'tensors') {
      for (const tensor of attribute.value) checkTensor(tensor, path, problems);
    }
    for (const body of attributeGraphs(attribute)) checkGraph(body, check, path, scope);
  }
  for (const output of node.outputs) {
    if (output === '') continue;
    if (scope.has(output)) {
      problems.add(
        'ssa',
        where,
        `The output "${output}" is defined already; a name is given once.`,
      );
    }
    scope.add(output);
  }
}

/** Inputs and outputs of the main graph need a full type; those of bodies may leave it to inference. */
function checkValueInfo(
  info: ValueInfo,
  what: string,
  main: boolean,
  where: string,
  problems: Problems,
): void {
  if (info.name === '') problems.add('names', where, `A graph ${what} has no name.`);
  if (!main) return;
  const path = `${where}, ${what} "${info.name}"`;
  checkType(info.type, path, problems);
}

function checkType(type: ValueType, where: string, problems: Problems): void {
  switch (type.kind) {
    case 'tensor':
      if (type.shape === null) {
        const message = 'The shape is missing; dimensions may be open, their number may not.';
        problems.add('types', where, message);
      }
      return;
    case 'sequence':
    case 'optional':
      if (type.element === null) problems.add('types', where, 'The element type is missing.');
      else if (type.element.kind !== 'tensor') checkType(type.element, where, problems);
      return;
    case 'map':
      if (type.value === null) problems.add('types', where, 'The value type is missing.');
      else if (type.value.kind !== 'tensor') checkType(type.value, where, problems);
      return;
    default:
      problems.add('types', where, 'The type is missing.');
  }
}

function checkTensor(tensor: TensorData, where: string, problems: Problems): void {
  try {
    // Bytes in another file are counted when they are read.
    if (tensor.external) elementCount(tensor.dims, `The tensor "${tensor.name}"`);
    else checkTensorSize(tensor);
  } catch (error) {
    if (!OnnxError.isInstance(error)) throw error;
    problems.add('tensors', where, error.message);
  }
}
