import { checkOptions } from './form.ts';
import type { Node } from './ir.ts';

/**
 * What a model can do wrong, by rule:
 * - `known`: everything in the file is known here, so that it can be judged;
 * - `readable`: the bytes can be read at all (see OnnxError for what is refused);
 * - `ir-version`, `opset-imports`, `opset-ir`: versions are given, known, and fit each other;
 * - `unique-metadata`, `unique-initializers`, `unique-attributes`, `unique-value-info`: one entry a name;
 * - `names`: what needs a name has one; `types`: what needs a type has one;
 * - `tensors`: a constant has as many bytes as its shape says;
 * - `initializers-are-inputs`: up to IR 3 every initializer is a graph input;
 * - `ssa`: a value is defined once; `topological-order`: before it is used;
 * - `graph-outputs`: every graph output is produced, once;
 * - `operator`: the operator exists in the imported set and is not deprecated;
 * - `arity`, `attributes`, `type-constraints`: the operator's schema is kept;
 * - `type-mismatch`, `shape-mismatch`: what is declared agrees with what is inferred.
 */
export const RULES = [
  'known',
  'readable',
  'ir-version',
  'opset-imports',
  'opset-ir',
  'unique-metadata',
  'unique-initializers',
  'unique-attributes',
  'unique-value-info',
  'names',
  'types',
  'tensors',
  'initializers-are-inputs',
  'ssa',
  'topological-order',
  'graph-outputs',
  'operator',
  'arity',
  'attributes',
  'type-constraints',
  'type-mismatch',
  'shape-mismatch',
] as const;

export type Rule = (typeof RULES)[number];

export interface Problem {
  rule: Rule;
  /**
   * An error makes the model invalid; a warning is worth a look; unknown is what cannot be judged here:
   * the model may be valid.
   */
  severity: 'error' | 'warning' | 'unknown';
  /** What is wrong, what was expected. */
  message: string;
  /** Where, from the outside in: `graph "main", node 3 (Gemm "fc1")`; empty for the model itself. */
  where: string;
}

/** Collects problems; stops a hopeless model from filling the memory with them. */
export class Problems {
  readonly list: Problem[] = [];
  static readonly MAXIMUM = 1000;

  /** True where more would not be kept. */
  get full(): boolean {
    return this.list.length >= Problems.MAXIMUM;
  }

  add(rule: Rule, where: string, message: string, severity: Problem['severity'] = 'error'): void {
    if (this.full) return;
    this.list.push({ rule, severity, message: clip(message), where: clip(where) });
  }
}

/** Names and shapes in a file can be as long as the file; a line about them cannot. */
function clip(text: string): string {
  return text.length > 1000 ? `${text.slice(0, 700)} … ${text.slice(-250)}` : text;
}

/** One problem as one line. */
export function printProblem(problem: Problem): string {
  checkOptions(problem, 'The problem');
  const { rule, severity, message, where } = problem;
  return `${severity} [${rule}] ${where ? `${where}: ` : ''}${message}`;
}

/** Text for a node in messages: `node 3 (Gemm "fc1")`. */
export function nodeLabel(node: Node, index: number): string {
  return `node ${index} (${node.opType || 'no operator'}${node.name ? ` "${node.name}"` : ''})`;
}
