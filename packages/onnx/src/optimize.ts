import { assertSound } from './check/check-model.ts';
import { cloneModel } from './clone-model.ts';
import { OnnxError } from './errors.ts';
import { checkList, checkModelForm, checkOptions, refuse } from './form.ts';
import type { Model } from './ir.ts';
import { PASSES } from './passes/registry.ts';
import { GraphView } from './rewrite/graph-view.ts';
import { inferTypes, type TensorTypes } from './rewrite/infer-types.ts';
import type { Pass } from './rewrite/pass.ts';

export interface OptimizeOptions {
  /** Passes by name, or of your own, in this order; all built-in ones by default. */
  passes?: readonly (string | Pass)[];
  /** Names of intermediate values that must be in the result under these names. Inputs and outputs always are. */
  keepNames?: readonly string[];
  /** A constant larger than this many bytes is computed only where it replaces ones as large. Default 65,536. */
  foldLimit?: number;
}

/** Up to the newest that ONNX Runtime 1.30 runs, which is what rewrites are tested by. */
const OPSETS = { min: 13, max: 26 } as const;
const DEFAULT_FOLD_LIMIT = 65_536;
/** What constant folding may cost in all: 16 MiB more in the file, and about a second. */
const FOLD_BUDGET = { bytes: 2 ** 24, elements: 2 ** 27 } as const;
/** Rounds before the fixpoint counts as missed; real graphs settle in fewer than ten. */
const MAX_ROUNDS = 64;
/** Runs of one pass in a round. */
const MAX_REPEATS = 16;

/**
 * Rewrites a model into a smaller and faster one that computes the same: the passes run in turn until
 * none finds anything to do. The input is not changed; the same model gives the same result.
 *
 * Rewrites that only move, drop or share values are exact, NaN, infinities and the sign of zero
 * included (but for a sum of one element and max(0, −0), where runtimes disagree on −0). Those that fold arithmetic into weights (batch normalisation, scales, transposed Gemm)
 * change the rounding, by a few units in the last place.
 *
 * @throws OnnxError `invalid-model` for a model with errors (see checkModel), `unsupported` for an
 *   opset outside 13–26, `invalid-argument` for an unknown pass or a name to keep that is not in the
 *   graph, `limit` where passes undo each other's work for ever
 */
export function optimize(model: Model, options: OptimizeOptions = {}): Model {
  checkModelForm(model);
  checkOptions(options, 'The options', ['passes', 'keepNames', 'foldLimit']);
  const opset = model.opsets.get('') ?? model.opsets.get('ai.onnx');
  if (opset === undefined || opset < OPSETS.min || opset > OPSETS.max) {
    throw new OnnxError(
      'unsupported',
      `Passes know opsets ${OPSETS.min} to ${OPSETS.max}; this model has ${opset ?? 'none of ONNX’s own'}. Convert it to one of these first.`,
    );
  }
  const { passes: wanted = PASSES, keepNames: keep = [] } = options;
  checkList('passes', wanted, 'a list of passes, or of their names');
  checkList('keepNames', keep, 'a list of names of values');
  checkFoldLimit(options.foldLimit);
  const passes = wanted.map(resolvePass);
  // Rules rely on attributes, ranks and order being right; operators of other domains are left alone.
  assertSound(model);
  checkKeepNames(model, keep);
  const result = cloneModel(model);
  const budget = { ...FOLD_BUDGET };
  const foldLimit = options.foldLimit ?? DEFAULT_FOLD_LIMIT;
  let types: TensorTypes | undefined;
  let view: GraphView | undefined;
  let active: string[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    active = passes.filter((pass) => runPass(pass)).map((pass) => pass.name);
    if (active.length === 0) return result;
  }
  throw oscillation(active);

  /** One pass until it finds nothing more, or for long enough; true where it changed the graph. */
  function runPass(pass: Pass): boolean {
    for (let i = 0; i < MAX_REPEATS; i++) {
      view ??= new GraphView(result.graph, keep);
      types ??= inferTypes(result);
      const rewrites = pass.apply({
        model: result,
        view,
        opset: opset as number,
        types,
        foldLimit,
        budget,
      });
      // Most passes find nothing, and what is known of the graph holds for the next one.
      if (rewrites === 0 && !view.edited) return i > 0;
      view.commit();
      view = undefined;
      types = undefined;
      if (rewrites === 0) return i > 0;
    }
    return true;
  }
}

function checkFoldLimit(limit: unknown): void {
  if (limit === undefined || (typeof limit === 'number' && limit >= 0)) return;
  refuse('foldLimit', 'a number of bytes ≥ 0', limit);
}

function oscillation(names: string[]): OnnxError {
  return new OnnxError(
    'limit',
    `Optimising does not come to an end: ${names.join(', ')} still ${names.length === 1 ? 'rewrites' : 'rewrite'} the graph after ${MAX_ROUNDS} rounds. Leave one of them out with the option "passes".`,
  );
}

function resolvePass(pass: string | Pass): Pass {
  if (typeof pass !== 'string') {
    return typeof pass?.apply === 'function'
      ? pass
      : refuse('A pass', 'a name, or { name, apply }', pass);
  }
  const found = PASSES.find(({ name }) => name === pass);
  if (found) return found;
  throw new OnnxError(
    'invalid-argument',
    `There is no pass "${pass}". The passes are ${PASSES.map(({ name }) => name).join(', ')}.`,
  );
}

function checkKeepNames(model: Model, keep: readonly string[]): void {
  const { graph } = model;
  const names = new Set([
    ...graph.inputs.map((input) => input.name),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap((node) => node.outputs),
  ]);
  const unknown = keep.filter((name) => !names.has(name));
  if (unknown.length === 0) return;
  throw new OnnxError(
    'invalid-argument',
    `keepNames holds ${unknown.map((name) => `"${name}"`).join(', ')}, which the graph does not compute. Give names of values, not of nodes.`,
  );
}
