import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { checkModel } from '../check/check-model.ts';
import { OnnxError } from '../errors.ts';
import { type Problem, printProblem } from '../problem.ts';
import { loadModelFile } from './load-model-file.ts';

export const USAGE = `Usage: onnx-check [options] FILE…

Checks ONNX files by the rules of ONNX's own checker: names, types, order, operator
schemas, shapes, and that external data is there and inside the model's folder.

Options:
  --allow-domain NAME   take operators of this domain as they are (repeatable)
  --no-infer            do not infer shapes
  --drop-annotations    read files with annotations that cannot be kept (they are not checked)
  --strict              warnings fail too
  --json                print one JSON object: { "FILE": [problems] }
  -h, --help            print this

Exit code: 0 all valid, 1 a file is invalid, 2 wrong usage or a file cannot be read.
`;

export interface Output {
  out: (text: string) => unknown;
  err: (text: string) => unknown;
}

/** The command `onnx-check` on its arguments; gives the exit code. */
export async function onnxCheck(args: string[], { out, err }: Output): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    err(`onnx-check: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    out(USAGE);
    return 0;
  }
  if (positionals.length === 0) {
    err(`onnx-check: no file given\n${USAGE}`);
    return 2;
  }
  const report: Record<string, Problem[]> = {};
  let code = 0;
  for (const file of positionals) {
    const problems = await checkFile(file, values);
    if (!problems) {
      err(`onnx-check: cannot read ${file}\n`);
      code = 2;
      continue;
    }
    report[file] = problems;
    const failed = problems.some(({ severity }) => severity === 'error' || values.strict);
    if (failed && code === 0) code = 1;
    if (values.json) continue;
    const warned = problems.length > 0 ? 'valid, with warnings' : 'valid';
    out(`${file}: ${failed ? 'invalid' : warned}\n`);
    for (const problem of problems) out(`  ${printProblem(problem)}\n`);
  }
  if (values.json) out(`${JSON.stringify(report, null, 2)}\n`);
  return code;
}

function parse(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      'allow-domain': { type: 'string', multiple: true, default: [] },
      'no-infer': { type: 'boolean', default: false },
      'drop-annotations': { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}

/** The problems of a file, or undefined where it cannot be read. */
async function checkFile(
  file: string,
  values: ReturnType<typeof parse>['values'],
): Promise<Problem[] | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch {
    return undefined;
  }
  const annotations = values['drop-annotations'] ? 'drop' : 'refuse';
  const problems = checkModel(bytes, {
    annotations,
    allowDomains: values['allow-domain'],
    infer: !values['no-infer'],
  });
  if (problems.some(({ severity }) => severity === 'error')) return problems;
  try {
    await loadModelFile(file, { annotations });
  } catch (error) {
    if (!OnnxError.isInstance(error)) throw error;
    problems.push({ rule: 'tensors', severity: 'error', where: '', message: error.message });
  }
  return problems;
}
