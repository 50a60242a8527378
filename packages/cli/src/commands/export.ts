import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { quoteArgument } from '@latentkit/system';
import type { ExportPhase, ExportReport, Verification } from '@latentkit/training';
import { type Command, Option } from 'commander';
import { formatBytes, formatColumns } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { needFiles } from '../model/model-address.ts';
import { runOfArrays } from '../model-data.ts';
import { loadServer } from '../optional/load-server.ts';
import { parseFolder } from '../options.ts';

const EXAMPLES = `
Examples:
  latentkit export runs/strokes --out models/strokes
  latentkit export runs/mnist --out models/mine --name my-vae --fp16
  latentkit export models/mine --layout triton --out repository   for NVIDIA's Triton; or of a run

Writes encoder.onnx, decoder.onnx (and further graphs, where the family has them), golden.safetensors,
training.json (the losses of each epoch), model.json and README.md, whole or not at all. Before that,
the graphs are run in ONNX Runtime and compared with the model that was trained. The same weights give
the same bytes. Where training kept an average of the weights, the average is exported. What --fp16
and --int8 add is loaded with { dtype: 'fp16' } or { dtype: 'int8' }; the card says how far it is off, and
weights that would ruin the outputs stay as they are.

--layout triton writes a model repository: mine-encoder/config.pbtxt, mine-encoder/1/model.onnx, and so on for each
graph, with dynamic batching, and the card as a parameter, so that oip+http: addresses load the model from Triton.
Needs the package @latentkit/serve: npm install @latentkit/serve`;

interface ExportFlags {
  readonly out: string;
  readonly name?: string;
  readonly description?: string;
  readonly fp16?: boolean;
  readonly int8?: boolean;
  readonly layout: 'folder' | 'triton';
  readonly dataDir?: string;
  readonly evaluate: boolean;
  readonly json?: boolean;
}

export const PHASES: Readonly<Record<ExportPhase, string>> = {
  load: 'reading the run and its data',
  trace: 'tracing the model into ONNX',
  verify: 'comparing with the trained model in ONNX Runtime',
  evaluate: 'measuring on the test items',
  write: 'writing',
};

export function addExport(program: Command, io: Io): void {
  program
    .command('export')
    .summary('export a trained model to ONNX, verified, with its card')
    .description('Export the model of a training run to ONNX files with a model card.')
    .argument('<run>', "the folder that 'latentkit train' wrote")
    .requiredOption(
      '-o, --out <folder>',
      'the model folder to write; an earlier export is replaced, and named if another run made it',
      parseFolder,
    )
    .option('--name <name>', 'name on the card (default: <data>-vae)')
    .option('--description <text>', 'description on the card')
    .option('--fp16', 'offer the weights in half precision too: files of half the size')
    .option('--int8', 'offer weights of 8 bits too: files of about a quarter')
    .addOption(
      new Option('--layout <layout>', 'a model folder, or a repository for Triton')
        .choices(['folder', 'triton'])
        .default('folder'),
    )
    .option('--data-dir <folder>', 'where the data are now, if they were moved')
    .option('--no-evaluate', 'leave out the test figures')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', EXAMPLES)
    .action((run: string, flags: ExportFlags) => {
      needFiles(run);
      return flags.layout === 'triton'
        ? exportForTriton(run, flags, io)
        : exportRun(run, flags, io);
    });
}

async function exportRun(runDir: string, flags: ExportFlags, io: Io): Promise<void> {
  const { out, json } = flags;
  const report = await interruptible(io, 'Stopping; nothing is exported.', (signal) =>
    exportTo(out, runDir, flags, signal, io),
  );
  if (json) {
    io.out(JSON.stringify(report, null, 2));
    return;
  }
  io.out(`Exported ${report.card.name} to ${out}.\n${describeExport(report)}`);
  // Export compares with the trained model; whether that has learned enough is for the check.
  io.out(`Next:  npx latentkit check ${quoteArgument(out)}`);
  io.out(`       npx latentkit info ${quoteArgument(out)}`);
}

async function exportTo(
  outDir: string,
  runDir: string,
  { name, description, fp16, int8, dataDir, evaluate }: ExportFlags,
  signal: AbortSignal,
  io: Io,
): Promise<ExportReport> {
  const { exportModel } = await import('@latentkit/training');
  const report = await exportModel({
    ...{ runDir, outDir, name, description, fp16, int8, dataDir, evaluate, signal },
    onPhase: (phase) => io.err(`${PHASES[phase]} …`),
  }).catch((error) => {
    // The option that only a program has.
    const isOfArrays = ArgumentError.isInstance(error) && error.argument === 'dataset';
    throw isOfArrays ? runOfArrays(runDir, { cause: error }) : error;
  });
  for (const warning of report.warnings) io.err(`warning: ${warning}`);
  return report;
}

/** Writes a repository for Triton: of a run, which is exported first, or of a model that is exported already. */
async function exportForTriton(run: string, flags: ExportFlags, io: Io): Promise<void> {
  const { out, json } = flags;
  for (const precision of ['fp16', 'int8'] as const) {
    if (!flags[precision]) continue;
    throw new ArgumentError(precision, 'no such option for Triton, which is given float32', true);
  }
  const { writeTritonRepository } = await loadServer();
  // As latentkit serve has it: under the folder's name.
  const name = flags.name ?? basename(resolve(run));
  const written = await interruptible(io, 'Stopping; nothing is exported.', async (signal) => {
    const write = (model: string) =>
      writeTritonRepository({ models: { [name]: model }, out, signal });
    if (existsSync(join(run, 'model.json'))) return write(run);
    const scratch = await mkdtemp(join(tmpdir(), 'latentkit-export-'));
    try {
      const model = join(scratch, 'model');
      await exportTo(model, run, flags, signal, io);
      return await write(model);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
  io.out(
    json
      ? JSON.stringify({ out, models: written }, null, 2)
      : `Wrote ${written.join(', ')} into ${out}.\nNext:  tritonserver --model-repository=${quoteArgument(out)}`,
  );
}

/** Each graph with its size, nodes and largest error, then the figures on the card. */
export function describeExport({ graphs, files, card }: ExportReport): string {
  const distance = (verification: Verification) => {
    const worst = Math.max(...Object.values(verification).map(({ maxScaled }) => maxScaled));
    return `within ${worst.toExponential(1)} of the trained model`;
  };
  const size = (file: string) => formatBytes(files[file] as number);
  const rows = Object.entries(graphs).flatMap(([name, { nodes, verification, variants }]) => [
    [
      `${name}.onnx`,
      size(`${name}.onnx`),
      Object.entries(nodes)
        .map(([op, count]) => `${count} ${op}`)
        .join(', '),
      distance(verification),
    ],
    ...Object.entries(variants).map(([precision, { verification, kept }]) => {
      const file = `${name}.${precision}.onnx`;
      const whole = kept.length === 0 ? '' : `, ${kept.length} of its nodes in float32`;
      return [file, size(file), `weights in ${precision}${whole}`, distance(verification)];
    }),
  ]);
  const metrics = card.metrics.map(({ name, value, unit }) => [name, `${value} ${unit}`]);
  return [formatColumns(rows, '  '), formatColumns(metrics, '  ')].filter(Boolean).join('\n');
}
