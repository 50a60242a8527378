import { OnnxError, type OnnxErrorCode } from '../errors.ts';
import { checkChoice, checkModelForm, checkOptions, checkTexts, isBytes } from '../form.ts';
import { inferShapes } from '../infer/infer-shapes.ts';
import type { Model } from '../ir.ts';
import { type Problem, Problems, printProblem, type Rule } from '../problem.ts';
import { checkWalkable } from '../walk.ts';
import { readModelNoting } from '../wire/read-model.ts';
import { checkGraph } from './check-graph.ts';
import { checkVersions } from './check-versions.ts';

export interface CheckOptions {
  /** Domains beyond ONNX's whose operators are taken as they are, such as `com.microsoft`. */
  allowDomains?: Iterable<string>;
  /** Infer types and shapes and compare them with the declared ones (the default). */
  infer?: boolean;
}

/**
 * Checks a model by the rules of ONNX's own checker, shape inference included. Give the file's bytes
 * where you have them: names that appear twice can only be seen there. No error in the list means
 * that the model is valid; the list never throws it away half read.
 *
 * @throws OnnxError `invalid-argument` for what is neither a model nor bytes
 */
export function checkModel(model: Model | Uint8Array, options: CheckOptions = {}): Problem[] {
  checkOptions(options, 'The options', ['allowDomains', 'infer']);
  if (options.allowDomains !== undefined) {
    checkTexts('allowDomains', options.allowDomains, 'a list of domains');
  }
  checkChoice('infer', options.infer, [true, false]);
  if (!isBytes(model)) checkModelForm(model);
  const problems = new Problems();
  const decoded = isBytes(model) ? read(model, problems) : model;
  if (!decoded) return problems.list;
  try {
    checkWalkable(decoded);
  } catch (error) {
    if (!OnnxError.isInstance(error) || error.code !== 'limit') throw error;
    problems.add('known', '', error.message, 'unknown');
    return problems.list;
  }
  checkVersions(decoded, problems);
  const where = `graph "${decoded.graph.name}"`;
  const allowed = new Set(options.allowDomains);
  checkGraph(decoded.graph, { model: decoded, allowed, problems }, where);
  // Inference relies on names, order and attributes being right.
  const sound = problems.list.every((problem) => problem.severity !== 'error');
  if (sound && options.infer !== false) {
    for (const problem of inferShapes(decoded).problems) problems.list.push(problem);
  }
  return problems.list;
}

function read(bytes: Uint8Array, problems: Problems): Model | undefined {
  try {
    return readModelNoting(bytes, {}, (what, name) => {
      problems.add(ruleForDuplicate(what), what, `"${name}" appears more than once.`);
    });
  } catch (error) {
    if (!OnnxError.isInstance(error)) throw error;
    // What is not held here, or too large, need not be wrong.
    if (UNJUDGED.has(error.code)) problems.add('known', '', error.message, 'unknown');
    else problems.add('readable', '', error.message);
    return undefined;
  }
}

const UNJUDGED: ReadonlySet<string> = new Set<OnnxErrorCode>(['unsupported', 'limit']);

function ruleForDuplicate(what: string): Rule {
  if (what.startsWith('initializer')) return 'unique-initializers';
  if (what.startsWith('metadata')) return 'unique-metadata';
  if (what.startsWith('attribute')) return 'unique-attributes';
  if (what.startsWith('value_info')) return 'unique-value-info';
  return 'opset-imports';
}

/** What a rewrite relies on: that nodes and constants are as their operators' schemas say, in order. */
const SOUND: ReadonlySet<Rule> = new Set<Rule>([
  'tensors',
  'ssa',
  'topological-order',
  'graph-outputs',
  'arity',
  'attributes',
  'type-constraints',
  'type-mismatch',
  'shape-mismatch',
]);

/**
 * Throws for a model that cannot be rewritten: no attribute, axis, permutation or order in it may be
 * taken on trust before. Less is asked than of a valid model; names, versions and operators that are
 * not known here harm no rewrite.
 *
 * @throws OnnxError `invalid-model`, or `limit` for bodies nested too deeply
 */
export function assertSound(model: Model): void {
  checkWalkable(model);
  const found = new Problems();
  const check = { model, allowed: new Set(model.opsets.keys()), problems: found };
  checkGraph(model.graph, check, `graph "${model.graph.name}"`);
  const errors = () =>
    found.list.filter(({ rule, severity }) => severity === 'error' && SOUND.has(rule));
  if (errors().length === 0) {
    for (const each of inferShapes(model).problems) {
      found.add(each.rule, each.where, each.message, each.severity);
    }
  }
  refuse(errors());
}

/**
 * Throws where the model has errors; warnings pass.
 *
 * @throws OnnxError `invalid-model`, its message listing the first errors; `unsupported` for a file
 *   that cannot be read here, valid or not
 */
export function assertValidModel(model: Model | Uint8Array, options: CheckOptions = {}): void {
  const problems = checkModel(model, options);
  refuse(problems.filter((problem) => problem.severity === 'error'));
  const unread = problems.find((problem) => problem.rule === 'known' && problem.where === '');
  if (unread) throw new OnnxError('unsupported', unread.message);
}

function refuse(errors: readonly Problem[]): void {
  if (errors.length === 0) return;
  const shown = errors.slice(0, 10).map((problem) => `\n  ${printProblem(problem)}`);
  const rest = errors.length > shown.length ? `\n  … and ${errors.length - shown.length} more` : '';
  throw new OnnxError(
    'invalid-model',
    `The model breaks ${errors.length === 1 ? 'a rule' : `${errors.length} rules`} of ONNX:${shown.join('')}${rest}`,
  );
}
