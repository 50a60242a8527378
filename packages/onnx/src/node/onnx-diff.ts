import { parseArgs } from 'node:util';
import { diffModels } from '../diff/diff-models.ts';
import { printDiff } from '../diff/print-diff.ts';
import { OnnxError } from '../errors.ts';
import { loadModelFile } from './load-model-file.ts';
import type { Output } from './output.ts';

const USAGE = `Usage: onnx-check diff [--json] BEFORE AFTER

Says what differs between two ONNX files: operator sets, inputs and outputs, nodes by name, weights by
the norm of their change, nodes by operator.

Exit code: 0 the same, 1 different, 2 wrong usage, or a file cannot be read.
`;

/** `onnx-check diff` on its arguments; gives the exit code. */
export async function onnxDiff(args: string[], { out, err }: Output): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      out(USAGE);
      return 0;
    }
    const [before, after, ...more] = positionals;
    if (before === undefined || after === undefined || more.length > 0) {
      err(`onnx-check diff: expected two files, got ${positionals.length}\n${USAGE}`);
      return 2;
    }
    const diff = diffModels(await loadModelFile(before), await loadModelFile(after));
    out(values.json ? `${JSON.stringify(diff, null, 2)}\n` : printDiff(diff));
    return diff.changes.length === 0 ? 0 : 1;
  } catch (error) {
    const told = OnnxError.isInstance(error) ? '' : USAGE;
    err(`onnx-check diff: ${error instanceof Error ? error.message : String(error)}\n${told}`);
    return 2;
  }
}
