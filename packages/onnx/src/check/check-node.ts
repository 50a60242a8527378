import type { Model, Node } from '../ir.ts';
import type { Problems } from '../problem.ts';
import { findSchema, firstOpset, newestOpset, type OperatorSchema } from '../schema/find-schema.ts';

/** Operators without a registry entry are right where their domain is allowed. */
export type AllowedDomains = ReadonlySet<string>;

/**
 * Checks one node against its operator's schema: the operator exists, the counts of inputs and
 * outputs, the attributes. Returns the schema where there is one.
 */
export function checkNode(
  node: Node,
  model: Model,
  allowed: AllowedDomains,
  where: string,
  problems: Problems,
): OperatorSchema | undefined {
  if (node.opType === '') {
    problems.add('names', where, 'The node has no operator.');
    return undefined;
  }
  if (node.inputs.length === 0 && node.outputs.length === 0) {
    problems.add('arity', where, 'The node has neither inputs nor outputs.');
  }
  const domain = node.domain || 'ai.onnx';
  const opset = model.opsets.get(node.domain) ?? implicitOpset(model, node.domain);
  if (opset === undefined) {
    problems.add('opset-imports', where, `The model imports no operator set for "${domain}".`);
    return undefined;
  }
  const newest = newestOpset(node.domain);
  if (newest === undefined) {
    if (!allowed.has(node.domain)) {
      problems.add(
        'operator',
        where,
        `${node.opType} is of the domain "${domain}", which ONNX does not define, and is not looked into. Pass it in allowDomains if your runtime has it.`,
        'warning',
      );
    }
    return undefined;
  }
  const schema = findSchema(node.domain, node.opType, opset);
  if (!schema) {
    if (opset > newest) {
      const message = `${node.opType} of version ${opset} of "${domain}" is not known here, where ${newest} is the newest.`;
      problems.add('known', where, message, 'unknown');
      return undefined;
    }
    const first = firstOpset(node.domain, node.opType);
    const hint = first ? `it came with version ${first}` : 'no version has it';
    const message = `${node.opType} is not in version ${opset} of "${domain}": ${hint}.`;
    problems.add('operator', where, message);
    return undefined;
  }
  if (schema.deprecated) {
    const message = `${node.opType} is deprecated since version ${schema.since} of "${domain}".`;
    problems.add('operator', where, message);
    return undefined;
  }
  checkArity(node, schema, where, problems);
  checkAttributes(node, schema, where, problems);
  const disputed = DISPUTED.find(({ applies }) => applies(node, opset));
  if (disputed) problems.add('known', where, disputed.message, 'unknown');
  return schema;
}

/** What the specification allows and ONNX's own checker refuses: who is right is not for us to say. */
const DISPUTED: readonly {
  applies(node: Node, opset: number): boolean;
  readonly message: string;
}[] = [
  {
    applies: ({ opType, domain, attributes }, opset) =>
      domain === '' &&
      opType === 'MeanVarianceNormalization' &&
      opset >= 13 &&
      !attributes.has('axes'),
    message:
      "MeanVarianceNormalization has a default for axes, but from version 13 on ONNX's checker (1.23) refuses it without them. Give axes = [0, 2, 3].",
  },
];

/** Before IR 3 models imported nothing: version 1 of ONNX's own operators was meant. */
function implicitOpset(model: Model, domain: string): number | undefined {
  return model.irVersion < 3 && domain === '' ? 1 : undefined;
}

function checkArity(node: Node, schema: OperatorSchema, where: string, problems: Problems): void {
  for (const side of ['input', 'output'] as const) {
    const names = side === 'input' ? node.inputs : node.outputs;
    const parameters = side === 'input' ? schema.inputs : schema.outputs;
    const [least, most] = side === 'input' ? schema.inputRange : schema.outputRange;
    if (names.length < least || names.length > most) {
      const expected = least === most ? least : `${least} to ${most}`;
      problems.add(
        'arity',
        where,
        `${schema.name} takes ${expected} ${side}s since version ${schema.since}, got ${names.length}.`,
      );
      continue;
    }
    for (const [index, name] of names.entries()) {
      const parameter = parameters[Math.min(index, parameters.length - 1)];
      if (name === '' && parameter && parameter.option !== 'optional') {
        const message = `The ${side} ${index} ("${parameter.name}") of ${schema.name} is required, but has no name.`;
        problems.add('arity', where, message);
      }
    }
  }
}

function checkAttributes(
  node: Node,
  schema: OperatorSchema,
  where: string,
  problems: Problems,
): void {
  for (const [name, attribute] of node.attributes) {
    const known = schema.attributes.get(name);
    // Two leading underscores mark a tool's own notes.
    if (!known && name.startsWith('__')) continue;
    if (!known) {
      const names = [...schema.attributes.keys()].join(', ') || 'none';
      problems.add(
        'attributes',
        where,
        `${schema.name} has no attribute "${name}" since version ${schema.since}; it has: ${names}.`,
      );
    } else if (known.type !== attribute.type) {
      const message = `The attribute "${name}" of ${schema.name} is of type ${attribute.type}, expected ${known.type}.`;
      problems.add('attributes', where, message);
    }
  }
  for (const [name, { required }] of schema.attributes) {
    if (required && !node.attributes.has(name)) {
      problems.add('attributes', where, `${schema.name} needs the attribute "${name}".`);
    }
  }
}
