import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { checkModel } from '../check/check-model.ts';
import { OnnxError } from '../errors.ts';
import { checkList, checkOptions, refuse } from '../form.ts';
import { type Problem, printProblem } from '../problem.ts';
import { loadModelFile } from './load-model-file.ts';
import { onnxDiff } from './onnx-diff.ts';
import type { Output } from './output.ts';
import { whyUnread } from './why-unread.ts';

export const USAGE = `Usage: onnx-check [options] FILE…
       onnx-check diff [--json] BEFORE AFTER

Checks ONNX files by the rules of ONNX's own checker: names, types, order, operator
schemas, shapes, and that external data is there and inside the model's folder.

Options:
  --allow-domain NAME   take operators of this domain as they are (repeatable)
  --no-infer            do not infer shapes
  --strict              warnings fail too
  --json                print one JSON object: { "FILE": [problems] }
  -h, --help            print this

Operators of other domains are warned of and not looked into. A file that uses what is
not known here (a newer ONNX, sparse tensors) is neither called valid nor invalid.

Exit code: 0 all valid; 1 a file is invalid, or no ONNX model at all (cut off, empty,
another format); 2 wrong usage, a file that cannot be opened, or one that cannot be
judged here.
`;

/** The command `onnx-check` on its arguments; gives the exit code. */
export async function onnxCheck(args: string[], output: Output): Promise<number> {
  checkList('The arguments', args, 'a list of texts');
  checkOptions(output, 'The output');
  const { out, err } = output;
  if (typeof out !== 'function' || typeof err !== 'function') {
    refuse('The output', '{ out, err }, functions that take a text', output);
  }
  if (args[0] === 'diff') return onnxDiff(args.slice(1), { out, err });
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
    if (typeof problems === 'string') {
      err(`onnx-check: cannot read ${file}: ${problems}\n`);
      if (code === 0) code = 2;
      continue;
    }
    report[file] = problems;
    const failed = problems.some(
      ({ severity }) => severity === 'error' || (severity === 'warning' && values.strict),
    );
    const unknown = problems.some(({ severity }) => severity === 'unknown');
    // An invalid file is the news, whatever else cannot be judged.
    if (failed) code = 1;
    else if (unknown && code === 0) code = 2;
    if (values.json) continue;
    const warned = problems.length > 0 ? 'valid, with warnings' : 'valid';
    const verdict = unknown ? 'cannot be judged here' : warned;
    out(`${file}: ${failed ? 'invalid' : verdict}\n`);
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
      strict: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}

/** The problems of a file, or why it cannot be read. */
async function checkFile(
  file: string,
  values: ReturnType<typeof parse>['values'],
): Promise<Problem[] | string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    return whyUnread(error, file);
  }
  const problems = checkModel(bytes, {
    allowDomains: values['allow-domain'],
    infer: !values['no-infer'],
  });
  if (problems.some(({ severity }) => severity !== 'warning')) return problems;
  try {
    await loadModelFile(file);
  } catch (error) {
    if (!OnnxError.isInstance(error)) throw error;
    problems.push({ rule: 'tensors', severity: 'error', where: '', message: error.message });
  }
  return problems;
}
