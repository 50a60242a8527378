import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { Exit } from '../failure.ts';
import type { Io } from '../io.ts';
import { needFiles } from '../model/model-address.ts';
import { parseNumber } from '../options.ts';

const EXAMPLES = `
Examples:
  latentkit diff models/old models/new       two models, on the golden inputs of the first
  latentkit diff before.onnx after.onnx      any two ONNX files, on seeded inputs
  latentkit diff a.onnx b.onnx --tolerance 1e-2 --json

What is written in the graphs (nodes, weights by the norm of their change), what they compute (largest error,
cosine, recall@10), sizes and times; of models, the fp32 graphs. The last line says whether the second may replace
the first, and why, graph by graph; so does the exit code: 0 if it may, 1 if not, or if one is not there.`;

interface DiffFlags {
  readonly tolerance?: number;
  readonly json?: boolean;
}

export function addDiff(program: Command, io: Io): void {
  program
    .command('diff')
    .summary('say what differs between two models, and whether one may replace the other')
    .description(
      'Say what differs between two models or ONNX files, and whether the second may replace the first.',
    )
    .argument('<before>', 'a folder of a model, or an ONNX file')
    .argument('<after>', 'another one')
    .option('--tolerance <error>', 'largest error of an output (default: 1e-4)', parseNumber)
    .option('--json', 'print the difference as JSON')
    .addHelpText('after', EXAMPLES)
    .action((before: string, after: string, flags: DiffFlags) => diff(before, after, flags, io));
}

async function diff(
  before: string,
  after: string,
  { tolerance, json }: DiffFlags,
  io: Io,
): Promise<void> {
  needFiles(before, after);
  const { diffFiles, printFilesDiff } = await import('@latentkit/check');
  const found = await diffFiles(before, after, { tolerance });
  io.out(json ? JSON.stringify(found, null, 2) : printFilesDiff(found, before, after));
  if (!found.verdict.replaces) throw new Exit(EXIT.failure);
}
