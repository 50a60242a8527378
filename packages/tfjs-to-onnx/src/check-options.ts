import { ExportError } from './error.ts';

const OPTIONS = [
  'inputs',
  'outputs',
  'batch',
  'opset',
  'name',
  'variables',
  'noise',
  'traceSizes',
  'largeBatch',
  'optimize',
  'metadata',
  'verify',
  'backend',
];

/**
 * Options of `toOnnx` and `traceFunction`, whose types a program in JavaScript has no compiler to check, before
 * anything is traced; what they mean for the model is looked at where it is known.
 *
 * @throws ExportError `invalid-argument`
 */
export function checkOptions(options: object): void {
  const given = fieldsOf('options', options);
  checkNames('options', given, OPTIONS);
  for (const [key, spec] of Object.entries(fieldsOf('inputs', given['inputs']))) {
    const described = fieldsOf(`inputs.${key}`, spec);
    checkNames(`inputs.${key}`, described, ['shape', 'dtype', 'range']);
    const { shape, range } = described;
    expect(`inputs.${key}.shape`, Array.isArray(shape), 'a list of sizes', shape);
    const isRange = range === undefined || (Array.isArray(range) && range.length === 2);
    expect(`inputs.${key}.range`, isRange, '[lowest, highest]', range);
  }
  for (const [key, sizes] of Object.entries(fieldsOf('traceSizes', given['traceSizes']))) {
    expect(`traceSizes.${key}`, Array.isArray(sizes), 'two sizes', sizes);
  }
  for (const [key, value] of Object.entries(fieldsOf('metadata', given['metadata']))) {
    expect(`metadata.${key}`, typeof value === 'string', 'a text', value);
  }
  for (const key of ['outputs', 'noise']) {
    const list = given[key];
    const fits = list === undefined || (Array.isArray(list) && list.every(isText));
    expect(key, fits, 'a list of names', list);
  }
  for (const key of ['name', 'backend']) {
    expect(key, given[key] === undefined || isText(given[key]), 'a text', given[key]);
  }
  const { opset, largeBatch } = given;
  expect('opset', opset === undefined || Number.isInteger(opset), 'a number, 13 to 22', opset);
  const isBatch = Number.isInteger(largeBatch) && (largeBatch as number) >= 1;
  const fits = largeBatch === undefined || largeBatch === false || isBatch;
  expect('largeBatch', fits, 'an integer of at least 1, or false', largeBatch);
  expectOne('variables', given['variables'], ['initializers', 'inputs']);
  expectOne('optimize', given['optimize'], [true, false]);
  if (typeof given['verify'] !== 'boolean') checkVerification(given['verify']);
}

function checkVerification(verify: unknown): void {
  const given = fieldsOf('verify', verify, 'true, false or options');
  checkNames('verify', given, ['tolerance', 'thoroughness', 'runtime']);
  const { runtime } = given;
  const tolerance = fieldsOf('verify.tolerance', given['tolerance']);
  checkNames('verify.tolerance', tolerance, ['relative', 'absolute']);
  for (const [key, value] of Object.entries(tolerance)) {
    const isNumber = value === undefined || (typeof value === 'number' && value >= 0);
    expect(`verify.tolerance.${key}`, isNumber, 'a number of at least 0', value);
  }
  expectOne('verify.thoroughness', given['thoroughness'], ['full', 'brief']);
  const isModule =
    (typeof runtime === 'object' && runtime !== null) || typeof runtime === 'function';
  const isRuntime = isModule && 'InferenceSession' in runtime && 'Tensor' in runtime;
  expect('verify.runtime', runtime === undefined || isRuntime, 'an ONNX Runtime', runtime);
}

/**
 * @param dimensions the dynamic dimensions of what is exported
 * @throws ExportError `invalid-argument` for sizes of another dimension, which nothing would be traced at
 */
export function checkTraceSizes(traceSizes: object = {}, dimensions: readonly string[]): void {
  const unknown = Object.keys(traceSizes).find((name) => !dimensions.includes(name));
  if (unknown === undefined) return;
  const known =
    dimensions.length === 0
      ? 'none: all sizes are fixed'
      : dimensions.map((name) => `'${name}'`).join(', ');
  throw new ExportError(
    'invalid-argument',
    `traceSizes: '${unknown}' is no dynamic dimension of the inputs; there ${dimensions.length > 1 ? 'are' : 'is'} ${known}.`,
  );
}

/** What is called otherwise would do nothing. */
function checkNames(what: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  expect(what, unknown === undefined, known.join(', '), unknown);
}

const isText = (value: unknown) => typeof value === 'string';

/** The fields of an object, which nothing stands for as well. */
function fieldsOf(
  what: string,
  value: unknown = {},
  wanted = 'an object',
): Readonly<Record<string, unknown>> {
  const isPlain = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
  expect(what, isPlain && !Array.isArray(value), wanted, value);
  return value as Record<string, unknown>;
}

function expectOne(what: string, value: unknown, choices: readonly unknown[]): void {
  const wanted = choices.map((choice) => JSON.stringify(choice)).join(' or ');
  expect(what, value === undefined || choices.includes(value), wanted, value);
}

function expect(what: string, fits: boolean, wanted: string, value: unknown): void {
  if (fits) return;
  const received = typeof value === 'object' && value !== null ? 'an object' : String(value);
  const got = Array.isArray(value) ? `[${value.map(String).join(', ')}]` : received;
  throw new ExportError('invalid-argument', `${what}: expected ${wanted}, got ${got}.`);
}
