import { OnnxError } from '../errors.ts';
import type { Dim, Graph, Model, Node, ValueType } from '../ir.ts';
import { nodeLabel, type Problem, Problems, type Rule } from '../problem.ts';
import { findSchema } from '../schema/find-schema.ts';
import { checkWalkable } from '../walk.ts';
import { Environment } from './environment.ts';
import { constantValues, propagateValues, type Values } from './known-values.ts';
import { mergeTypes } from './merge-types.ts';
import { Mismatch } from './op/dims.ts';
import { MAX_RANK, type Op } from './op/op.ts';
import { findInference } from './registry.ts';
import { type Bindings, bindTypes, checkOutputType, schemaOutputType } from './type-constraints.ts';

export interface InferredTypes {
  /** Types of the values of the main graph: inputs, constants, outputs of nodes. */
  types: ReadonlyMap<string, ValueType>;
  /**
   * The elements of a small integer tensor of rank 0 or 1 in the main graph, null where one is not known, or not held
   * exactly by a number.
   */
  values(name: string): readonly Dim[] | undefined;
  /** Types inside the bodies of If, Loop and Scan, by graph. */
  bodies: ReadonlyMap<Graph, ReadonlyMap<string, ValueType>>;
  /** Contradictions between operators, inputs and what is declared. */
  problems: Problem[];
}

/**
 * Infers types and shapes forward through the graph, in the order of its nodes. Named dimensions are
 * carried through; shapes that the graph computes itself are followed where they are small. What is
 * not known stays open: an operator without a rule here has outputs of unknown shape, not an error.
 *
 * @throws OnnxError `limit` for bodies nested more than 100 deep
 */
export function inferShapes(model: Model): InferredTypes {
  checkWalkable(model);
  const inferrer = new Inferrer(model);
  const environment = inferrer.graph(model.graph, `graph "${model.graph.name}"`);
  return {
    types: environment.types,
    values: (name) => exact(environment.values(name)),
    bodies: inferrer.bodies,
    problems: inferrer.problems.list,
  };
}

function exact(values: Values | undefined): Values | undefined {
  const isRounded = (value: Dim) => typeof value === 'number' && !Number.isSafeInteger(value);
  return values?.some(isRounded) ? values.map((dim) => (isRounded(dim) ? null : dim)) : values;
}

/** A rank that nobody computes with would cost every operator behind it as much: it is not followed. */
function ofSaneRank(type: ValueType): ValueType {
  const rank = type.kind === 'tensor' ? (type.shape?.length ?? 0) : 0;
  return rank > MAX_RANK ? ({ ...type, shape: null } as ValueType) : type;
}

class Inferrer {
  readonly problems = new Problems();
  readonly bodies = new Map<Graph, ReadonlyMap<string, ValueType>>();
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  graph(
    graph: Graph,
    where: string,
    outer?: Environment,
    inputs: readonly (ValueType | undefined)[] = [],
  ): Environment {
    const environment = new Environment(outer);
    for (const [i, input] of graph.inputs.entries()) {
      this.#declare(environment, input.name, input.type, inputs[i], `${where}, input`);
    }
    const overridable = new Set(graph.inputs.map((input) => input.name));
    for (const { name } of graph.inputs) {
      const again = graph.valueInfo.get(name);
      if (again) {
        const known = environment.types.get(name);
        this.#declare(environment, name, again.type, known, `${where}, value_info`);
      }
    }
    for (const [name, tensor] of graph.initializers) {
      const type: ValueType = { kind: 'tensor', dtype: tensor.dtype, shape: [...tensor.dims] };
      const declared = environment.types.get(name);
      this.#declare(environment, name, declared, type, `${where}, initializer`);
      const noted = graph.valueInfo.get(name);
      if (noted) this.#declare(environment, name, noted.type, type, `${where}, value_info`);
      // Since IR 4 an initializer that is an input too is only its default.
      if (overridable.has(name) && this.#model.irVersion >= 4) continue;
      environment.setConstant(name, tensor);
      const values = constantValues(tensor);
      if (values) environment.setValues(name, values);
    }
    const declared = new Map([...graph.valueInfo].map(([name, info]) => [name, info.type]));
    for (const output of graph.outputs) declared.set(output.name, output.type);
    for (const [index, node] of graph.nodes.entries()) {
      // What is beyond the last problem that is told would cost time for nothing.
      if (this.problems.full) break;
      this.#node(node, `${where}, ${nodeLabel(node, index)}`, environment, declared);
    }
    const made = new Set(graph.nodes.flatMap((node) => node.outputs));
    for (const { name, type } of graph.outputs) {
      // Outputs that are inputs or constants; those of nodes were compared where they are made.
      const inferred = made.has(name) ? undefined : environment.types.get(name);
      if (inferred) this.#declare(environment, name, type, inferred, where);
    }
    if (outer) this.bodies.set(graph, environment.types);
    return environment;
  }

  #declare(
    environment: Environment,
    name: string,
    declared: ValueType | undefined,
    inferred: ValueType | undefined,
    where: string,
  ): void {
    let type: ValueType | undefined = inferred ?? declared;
    this.#guard(
      where,
      'types',
      () => {
        type = mergeTypes(declared, inferred);
      },
      name,
    );
    if (type) environment.types.set(name, ofSaneRank(type));
  }

  #node(
    node: Node,
    where: string,
    environment: Environment,
    declared: ReadonlyMap<string, ValueType>,
  ): void {
    const opset = this.#model.opsets.get(node.domain) ?? 1;
    const schema = findSchema(node.domain, node.opType, opset);
    let bound: Bindings = new Map();
    let inferred: (ValueType | undefined)[] = [];
    if (schema) {
      this.#guard(where, 'type-constraints', () => {
        bound = bindTypes(node, schema, (name) => environment.type(name));
      });
    }
    const op = this.#op(node, opset, where, environment);
    this.#guard(where, undefined, () => {
      inferred = findInference(node.domain, node.opType)?.(op) ?? [];
    });
    for (const [i, name] of node.outputs.entries()) {
      if (name === '') continue;
      const own = inferred[i];
      if (own && schema) {
        this.#guard(where, 'type-constraints', () => checkOutputType(schema, i, own));
      }
      const type = own ?? (schema && schemaOutputType(schema, bound, i));
      this.#declare(environment, name, declared.get(name), type, where);
    }
    const [first] = node.outputs;
    if (!first || node.domain !== '') return;
    const tensor = node.opType === 'Constant' ? node.attributes.get('value') : undefined;
    if (tensor?.type === 'tensor') environment.setConstant(first, tensor.value);
    this.#guard(where, undefined, () => {
      const type = environment.types.get(first);
      if (type?.kind !== 'tensor' || (type.shape?.length ?? 2) > 1) return;
      const values = propagateValues(op, type.dtype);
      if (values) environment.setValues(first, values);
    });
  }

  #op(node: Node, opset: number, where: string, environment: Environment): Op {
    const name = (input: number) => node.inputs[input] ?? '';
    const type = (input: number) => environment.type(name(input));
    const tensorType = (input: number) => {
      const known = type(input);
      return known?.kind === 'tensor' ? known : undefined;
    };
    return {
      node,
      opset,
      has: (input) => name(input) !== '',
      type,
      dtype: (input) => tensorType(input)?.dtype,
      shape: (input) => tensorType(input)?.shape ?? null,
      constant: (input) => environment.constant(name(input)),
      values: (input) => environment.values(name(input)),
      body: (graph, inputs) => {
        const inner = this.graph(graph, `${where}, body "${graph.name}"`, environment, inputs);
        return graph.outputs.map((output) => inner.types.get(output.name));
      },
    };
  }

  /** Runs a rule; what it finds wrong becomes a problem, under the rule given or its own. */
  #guard(where: string, rule: Rule | undefined, run: () => void, value?: string): void {
    try {
      run();
    } catch (error) {
      const message = value === undefined ? '' : `"${value}": `;
      if (error instanceof Mismatch) {
        const own = rule === 'type-constraints' ? rule : error.rule;
        this.problems.add(own, where, message + error.message);
      } else if (OnnxError.isInstance(error)) {
        this.problems.add(rule ?? 'attributes', where, message + error.message);
      } else throw error;
    }
  }
}
