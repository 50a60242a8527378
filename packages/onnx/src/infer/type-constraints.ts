import type { DType } from '../dtype.ts';
import { DTYPE_CODES } from '../dtype.ts';
import type { Node, ValueType } from '../ir.ts';
import type { OperatorSchema, Parameter } from '../schema/find-schema.ts';
import { dtypeName, typeName } from '../schema/type-name.ts';
import { Mismatch } from './op/dims.ts';

/** The types that an operator's type parameters stand for in one node. */
export type Bindings = ReadonlyMap<string, string>;

function parameterAt(parameters: readonly Parameter[], index: number): Parameter | undefined {
  return parameters[Math.min(index, parameters.length - 1)];
}

/**
 * Checks the types of a node's inputs against its schema: each is allowed, and those that share a type
 * parameter agree. Inputs that are not known pass.
 *
 * @throws Mismatch
 */
export function bindTypes(
  node: Node,
  schema: OperatorSchema,
  typeOf: (name: string) => ValueType | undefined,
): Bindings {
  const bound = new Map<string, string>();
  for (const [index, name] of node.inputs.entries()) {
    const parameter = parameterAt(schema.inputs, index);
    const type = name === '' ? undefined : typeName(typeOf(name) ?? null);
    if (!parameter || type === undefined) continue;
    const what = `The input ${index} ("${parameter.name}") of ${schema.name}`;
    const allowed = schema.typeParameters.get(parameter.type);
    if (!(allowed ? allowed.has(type) : parameter.type === type)) {
      const expected = allowed ? [...allowed].join(', ') : parameter.type;
      throw new Mismatch('type-mismatch', `${what} is of type ${type}, expected ${expected}.`);
    }
    if (!allowed || parameter.option === 'variadic-mixed') continue;
    const earlier = bound.get(parameter.type);
    if (earlier !== undefined && earlier !== type) {
      throw new Mismatch(
        'type-mismatch',
        `${what} is of type ${type}, but another input of its kind is ${earlier}.`,
      );
    }
    bound.set(parameter.type, type);
  }
  return bound;
}

/**
 * Checks the type of an output, where the node itself says it (a Constant by its value), against its schema.
 *
 * @throws Mismatch
 */
export function checkOutputType(schema: OperatorSchema, output: number, found: ValueType): void {
  const parameter = parameterAt(schema.outputs, output);
  const type = typeName(found);
  const allowed = parameter && schema.typeParameters.get(parameter.type);
  if (!parameter || !allowed || type === undefined || allowed.has(type)) return;
  throw new Mismatch(
    'type-mismatch',
    `The output ${output} ("${parameter.name}") of ${schema.name} is of type ${type}; since version ` +
      `${schema.since} it is one of ${[...allowed].join(', ')}.`,
  );
}

const DTYPE_BY_NAME = new Map(
  (Object.keys(DTYPE_CODES) as DType[]).map((dtype) => [dtypeName(dtype), dtype]),
);

/** The type of an output as far as the schema alone tells it: a tensor of some shape. */
export function schemaOutputType(
  schema: OperatorSchema,
  bound: Bindings,
  output: number,
): ValueType | undefined {
  const parameter = parameterAt(schema.outputs, output);
  if (!parameter || parameter.option === 'variadic-mixed') return undefined;
  const allowed = schema.typeParameters.get(parameter.type);
  const only = allowed?.size === 1 ? [...allowed][0] : undefined;
  const name = allowed ? (bound.get(parameter.type) ?? only) : parameter.type;
  const dtype = name === undefined ? undefined : DTYPE_BY_NAME.get(name);
  return dtype && { kind: 'tensor', dtype, shape: null };
}
