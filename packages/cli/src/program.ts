import { Command } from 'commander';
import { version } from '../package.json' with { type: 'json' };
import { addAdopt } from './commands/adopt.ts';
import { addAugment } from './commands/augment.ts';
import { addCheck } from './commands/check.ts';
import { addCompletion } from './commands/completion.ts';
import { addData } from './commands/data.ts';
import { addDecode } from './commands/decode.ts';
import { addDiff } from './commands/diff.ts';
import { addDirections } from './commands/directions.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEdit } from './commands/edit.ts';
import { addEmbed } from './commands/embed.ts';
import { addExplore } from './commands/explore.ts';
import { addExport } from './commands/export.ts';
import { addInfo } from './commands/info.ts';
import { addInterpolate } from './commands/interpolate.ts';
import { addMeasure } from './commands/measure.ts';
import { addQueue } from './commands/queue.ts';
import { addQuickstart } from './commands/quickstart.ts';
import { addReport } from './commands/report.ts';
import { addSample } from './commands/sample.ts';
import { addScore } from './commands/score.ts';
import { addSearch } from './commands/search.ts';
import { addServe } from './commands/serve.ts';
import { addTrain } from './commands/train.ts';
import type { Io } from './io.ts';

const EPILOGUE = `
Start here:
  latentkit quickstart                       train, export and show a model, in a minute or so
  latentkit data ./photos                    look at pictures of your own, and what to type next
  latentkit train --data mnist --out run     train on MNIST, with checkpoints in run/
  latentkit export run --out models/mine     write encoder.onnx, decoder.onnx and model.json
  latentkit info models/mine                 what a model is, and whether its files are whole
  latentkit embed models/mine ./photos --out vectors.parquet
                                             a vector a picture, to search in or work with
  latentkit search vectors.parquet query.png the pictures that are like one
  latentkit doctor                           what works on this machine, and what to do otherwise

Exit codes:
  0 done   1 failed   2 wrong usage   130 interrupted (Ctrl-C)

Results go to standard output, progress and errors to standard error.`;

/** The whole command line: one verb a file, under commands/. */
export function createProgram(io: Io): Command {
  const program = new Command('latentkit')
    .description('Train an autoencoder, export it to ONNX, and look at what came out.')
    .version(version, '-V, --version')
    .option('--verbose', 'show the stack of errors')
    .exitOverride()
    // What the parser says of options goes where all else goes.
    .configureOutput({
      writeOut: (text) => io.out(text.replace(/\n$/, '')),
      writeErr: (text) => io.err(text.replace(/\n$/, '')),
    })
    .showHelpAfterError('(--help shows what there is)')
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', EPILOGUE);
  // Inherited by the verbs, since they are made by program.command().
  addQuickstart(program, io);
  addData(program, io);
  addTrain(program, io);
  addExport(program, io);
  addInfo(program, io);
  addCheck(program, io);
  addDiff(program, io);
  addAdopt(program, io);
  addMeasure(program, io);
  addEmbed(program, io);
  addQueue(program, io);
  addSearch(program, io);
  addExplore(program, io);
  addServe(program, io);
  addDecode(program, io);
  addSample(program, io);
  addInterpolate(program, io);
  addDirections(program, io);
  addEdit(program, io);
  addScore(program, io);
  addAugment(program, io);
  addReport(program, io);
  addDoctor(program, io);
  addCompletion(program, io);
  return program;
}
