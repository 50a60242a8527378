import type { ExportRun } from '@latentkit/check';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { writeFileWhole } from '@latentkit/system';
import type { Command } from 'commander';
import { offerValues } from '../completion/offered-values.ts';
import { EXIT } from '../exit-codes.ts';
import { Exit } from '../failure.ts';
import { formatColumns } from '../format.ts';
import type { Io } from '../io.ts';
import { needFiles } from '../model/model-address.ts';
import { parseInteger } from '../options.ts';

const EXAMPLES = `
Examples:
  latentkit check models/mnist-vae                   every check, for people
  latentkit check 'models/*' --format junit=check.xml --format github
                                                     for CI: a file, and annotations in the log
  latentkit check models/mine --only parity/cpu      one check, and those that it needs
  latentkit check models/mine --update               record what was measured, for later checks
  latentkit check --list                             the checks, and what each of them says

Without a model, those of latentkit.config.json are checked; docs/checking-models.md explains its settings.
A model that was named and is not there fails, and so does a folder with graphs that has lost its model.json.
The exit code is 0 if every model passes, 1 if one fails or is not there.`;

interface CheckFlags {
  readonly format?: string[];
  readonly config?: string;
  readonly only?: string[];
  readonly ignore?: string[];
  readonly devices?: string[];
  readonly browser?: boolean;
  readonly targets?: string[];
  readonly maxBytes?: number;
  readonly run?: string;
  readonly strict?: boolean;
  readonly update?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
}

const list = (text: string, earlier: string[] = []) => [
  ...earlier,
  ...text.split(',').map((each) => each.trim()),
];

export function addCheck(program: Command, io: Io): void {
  const command = program
    .command('check')
    .summary('check exported models: structure, numbers, quality, budgets')
    .description(
      'Check exported models as continuous integration needs it: card, files, graphs, weights, numbers on every device at hand, quality and budgets.',
    )
    .argument('[models...]', 'folders of models, folders of such folders, or globs')
    .option(
      '--format <format[=file]>',
      'human (the default), json, junit, sarif, github or markdown; into a file if one is named; repeatable',
      list,
    )
    .option('--config <file>', 'the configuration (default: latentkit.config.json, if it is there)')
    .option('--only <ids>', 'these checks alone, and those that they need', list)
    .option('--ignore <ids>', 'leave these checks out', list)
    .option(
      '--devices <names>',
      'cpu, cpu-plain, wasm, webgpu, chromium, chromium-webgpu; one that cannot run fails (default: cpu, cpu-plain, wasm, each where it runs)',
      list,
    )
    .option('--browser', 'in Chromium too; asks for playwright-core and a Chromium or Chrome')
    .option('--targets <names>', 'node, wasm, webgpu, triton', list)
    .option('--max-bytes <bytes>', 'what the graphs of a precision may have together', parseInteger)
    .option(
      '--run <folder>',
      'the run that the model was exported from: it must give the same bytes',
    )
    .option('--strict', 'warnings fail too')
    .option('--update', 'record golden figures of models that pass, in check.json beside the card')
    .option('--list', 'list the checks')
    .option('--json', 'print the report, or the list, as JSON: short for --format json')
    .addHelpText('after', EXAMPLES)
    .action((models: string[], flags: CheckFlags) => check(models, flags, io));
  offerValues(command, {
    '--format': ['human', 'json', 'junit', 'sarif', 'github', 'markdown'],
    '--devices': ['cpu', 'cpu-plain', 'wasm', 'webgpu', 'chromium', 'chromium-webgpu'],
    '--targets': ['node', 'wasm', 'webgpu', 'triton'],
  });
}

async function check(models: readonly string[], flags: CheckFlags, io: Io): Promise<void> {
  needFiles(...models);
  // Loaded here, so that help and usage errors do not wait for ONNX Runtime.
  const {
    CHECKS,
    checkFormat,
    checkModels,
    checkSettings,
    formatReport,
    readConfig,
    recordModels,
    STANDARD_DEVICES,
  } = await import('@latentkit/check');
  if (flags.list) {
    const checks = CHECKS.map(({ id, summary, remedy }) => ({ id, summary, remedy }));
    io.out(
      flags.json
        ? JSON.stringify(checks, null, 2)
        : formatColumns(checks.map(({ id, summary }) => [id, summary])),
    );
    return;
  }
  const formats = [...(flags.format ?? []), ...(flags.json ? ['json'] : [])];
  const wanted = (formats.length > 0 ? formats : ['human']).map((text) => {
    const [format, ...rest] = text.split('=');
    const file = rest.length > 0 ? rest.join('=') : undefined;
    if (file === '') throw new ArgumentError('--format', 'a file after the =', text);
    return { format: byOption(() => checkFormat(format)), file };
  });
  const { browser, targets, ignore, maxBytes: bytes, run: runDir, only, strict } = flags;
  const devices = browser
    ? [...(flags.devices ?? STANDARD_DEVICES), 'chromium', 'chromium-webgpu']
    : flags.devices;
  const options = {
    config: await readConfig(flags.config),
    settings: byOption(() => checkSettings({ devices, targets, ignore, bytes, run: runDir })),
    exportRun,
    only,
    strict,
  };
  const run = flags.update ? recordModels : checkModels;
  const report = await run(models, options).catch((error: unknown) => {
    throw ArgumentError.isInstance(error) && error.argument === 'only' ? inOption(error) : error;
  });
  for (const { format, file } of wanted) {
    const text = formatReport(report, format);
    if (file === undefined) io.out(text.trimEnd());
    else await writeFileWhole(file, text, { makeFolders: true });
  }
  if (flags.update) {
    const recorded = report.models.filter(({ passed }) => passed).map(({ model }) => model);
    for (const model of recorded) io.err(`Recorded in ${model}/check.json.`);
  }
  const silent = wanted.every(({ file }) => file !== undefined);
  if (silent && !report.passed) io.err(formatReport(report, 'human').trimEnd());
  if (!report.passed) throw new Exit(EXIT.failure);
}

/** Settings whose options have another name. */
const OPTIONS: Readonly<Record<string, string>> = { bytes: '--max-bytes' };

/** A setting that is refused, by the option that was typed. */
function byOption<T>(checked: () => T): T {
  try {
    return checked();
  } catch (error) {
    throw ArgumentError.isInstance(error) ? inOption(error) : error;
  }
}

function inOption(error: ArgumentError): LatentkitError {
  const { argument, code, message } = error;
  const option = OPTIONS[argument] ?? `--${argument}`;
  return new LatentkitError(code, `${option}${message.slice(argument.length)}`, { cause: error });
}

/** As the model was exported, but for its figures. Loaded with the run, since it brings TensorFlow.js. */
async function exportRun({ runDir, outDir, card }: Parameters<ExportRun>[0]): Promise<void> {
  const { exportModel } = await import('@latentkit/training');
  const { fp16, int8 } = card.graphs.encoder.files;
  await exportModel({
    runDir,
    outDir,
    name: card.name,
    description: card.description,
    fp16: fp16 !== undefined,
    int8: int8 !== undefined,
    evaluate: false,
  });
}
