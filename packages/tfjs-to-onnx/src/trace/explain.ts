import { causeText, ExportError } from '../error.ts';
import { BATCH, type NormalInput, type Sizes, shapeAt } from './inputs.ts';

/** Classes of errors by which tfjs says that it cannot compute something; what a function throws itself has others. */
const OWN = new Set([
  'Error',
  'ValueError',
  'RuntimeError',
  'NotImplementedError',
  'AttributeError',
  'AssertionError',
]);

/**
 * Why a function did not run on the example values: an ExportError that says what they were and what can
 * be done, or the error itself where the function threw one of its own kind.
 */
export function explainFailure(
  cause: unknown,
  inputs: readonly NormalInput[],
  sizes: Sizes,
): unknown {
  if (!(cause instanceof Error) || ExportError.isInstance(cause)) return cause;
  const { message } = cause;
  if (/^Kernel '.*' not registered for backend/.test(message)) {
    return new ExportError(
      'invalid-argument',
      `tfjs cannot run what is to be exported on this backend: ${causeText(cause)}. Export on another one: await tf.setBackend('cpu').`,
      { cause },
    );
  }
  if (message.includes('executeAsync')) return controlFlow(cause, []);
  if (!OWN.has(cause.constructor.name)) return cause;
  const given = inputs.map(
    (input) => `'${input.name}' ${input.dtype} [${shapeAt(input, sizes).join(', ')}]`,
  );
  const cures = curesFor(inputs, sizes);
  return new ExportError(
    'invalid-argument',
    `tfjs does not compute what is to be exported on the example ${given.join(', ')}: ${message}${/[.!?]$/.test(message) ? '' : '.'}${cures.length === 0 ? '' : ` The example was made up:\n${cures.map((cure) => `  - ${cure}`).join('\n')}`}`,
    { cause, problems: [message] },
  );
}

/** What can be said of the values and sizes that nobody gave. */
function curesFor(inputs: readonly NormalInput[], sizes: Sizes): string[] {
  const cures: string[] = [];
  const names = [...sizes.keys()].filter((name) => name !== BATCH);
  if (names.length > 0) {
    const text = names.map((name) => `${name}: [64, 96]`).join(', ');
    cures.push(
      `the size of ${names.map((name) => `'${name}' was ${sizes.get(name)}`).join(', that of ')}: pass two sizes that fit, such as traceSizes: { ${text} }, or fix them in the shapes of inputs.`,
    );
  }
  if (sizes.has(BATCH)) {
    cures.push(
      `the batch was ${sizes.get(BATCH)}: pass batch: 1 where the function is made for one item.`,
    );
  }
  for (const { name, range, ranged } of inputs) {
    if (ranged) continue;
    cures.push(
      `the values of '${name}' were between ${range.join(' and ')}: give inputs a range where that is not what they are, such as range: [0, 9] for ten labels or indices.`,
    );
  }
  return cures;
}

/**
 * @param operators what a model holds of them, as `operator 'node'`; none where only tfjs's message tells
 */
export function controlFlow(cause: Error, operators: readonly string[]): ExportError {
  const list = operators.map((operator) => `\n  - ${operator}`).join('');
  return new ExportError(
    'unsupported',
    `What is to be exported has control flow, a table, or ops whose result's size depends on values, which one trace cannot hold${list === '' ? '' : `:${list}\n`} (tfjs: ${causeText(cause)}). Export the part before or behind them by the names of its nodes: toOnnx((x) => model.execute({ [nodeBefore]: x }, [nodeBehind]), { inputs }), and compute the rest outside.`,
    { cause, problems: operators.length === 0 ? [cause.message] : operators },
  );
}
