import type { DType } from '../dtype.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { inferShapes } from '../infer/infer-shapes.ts';
import type { Attribute, Dim } from '../ir.ts';
import { printType } from '../print/print-model.ts';

/**
 * An input in short: `n,3,8` is float32 of that shape, `int64:n` another type, `*` of unknown rank,
 * `` (empty) a scalar, `=1,2` an int64 constant, `=` an empty one, null left out.
 */
export type ShortInput = string | number[] | null;

export interface OneNode {
  attributes?: Record<string, Attribute>;
  outputs?: number;
  opset?: number;
}

/** The inferred types of one node's outputs as text; the message where something does not fit. */
export function inferOne(
  opType: string,
  inputs: readonly ShortInput[],
  { attributes = {}, outputs = 1, opset = 17 }: OneNode = {},
): string[] {
  const g = new GraphBuilder('g', { opset });
  const names = inputs.map((input, i) => {
    if (input === null) return '';
    if (Array.isArray(input)) return g.initializer(`c${i}`, 'float32', input, [input.length]);
    if (input.startsWith('=')) {
      const values = input === '=' ? [] : input.slice(1).split(',').map(BigInt);
      return g.initializer(`c${i}`, 'int64', values, [values.length]);
    }
    const [dtype, shape] = input.includes(':') ? input.split(':') : ['float32', input];
    return g.input(`x${i}`, dtype as DType, parseShape(shape ?? ''));
  });
  g.node(opType, names, attributes, {
    outputs: Array.from({ length: outputs }, (_, i) => `y${i}`),
  });
  const { types, problems } = inferShapes(g.build());
  if (problems.length > 0) return problems.map((problem) => `${problem.rule}: ${problem.message}`);
  return Array.from({ length: outputs }, (_, i) => printType(types.get(`y${i}`) ?? null));
}

function parseShape(text: string): Dim[] | null {
  if (text === '*') return null;
  if (text === '') return [];
  return text.split(',').map((dim) => (dim === '?' ? null : /^\d+$/.test(dim) ? Number(dim) : dim));
}
