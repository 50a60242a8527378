import { describe, expect, jest, test } from '@jest/globals';
import { resolveConfig } from '@latentkit/training';
import { callCommand } from './call-command.ts';
import { runCommand } from './run-command.ts';

const VERBS = [
  'quickstart',
  'data',
  'train',
  'export',
  'info',
  'check',
  'diff',
  'adopt',
  'measure',
  'embed',
  'queue',
  'search',
  'explore',
  'serve',
  'decode',
  'sample',
  'interpolate',
  'directions',
  'edit',
  'score',
  'augment',
  'report',
  'doctor',
  'completion',
];

describe('latentkit --help', () => {
  test('lists the verbs, where to start, and the exit codes', async () => {
    const { code, stdout, stderr } = await runCommand(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^ {2}${verb}\\b`, 'm'));
    expect(stdout).toContain('Start here:');
    expect(stdout).toContain('130 interrupted');
  });

  test.each(VERBS)('teaches %s by example', async (verb) => {
    const { code, stdout } = await callCommand([verb, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^ {2}latentkit ${verb}\\b`, 'm'));
    expect(await callCommand(['help', verb])).toMatchObject({ code: 0, stdout });
  });

  test('states the defaults that training has', async () => {
    const defaults = resolveConfig({ runDir: 'anywhere' });
    const { stdout } = await runCommand(['train', '--help']);
    const said = stdout.replaceAll(/\s+/g, ' ');
    for (const [option, value] of [
      ['data', defaults.data.name],
      ['family', defaults.family],
      ['architecture', defaults.architecture],
      ['latent', defaults.latentSize],
      ['hidden', defaults.hiddenSizes],
      ['channels', defaults.channels],
      ['likelihood', defaults.likelihood],
      ['sigma', defaults.sigma],
      ['beta', defaults.beta],
      ['beta-schedule', defaults.betaSchedule],
      ['free-bits', defaults.freeBits],
      ['samples', defaults.samples],
      ['levels', defaults.levels],
      ['flow', defaults.flow],
      ['flow-steps', defaults.flowSteps],
      ['flow-hidden', defaults.flowHidden],
      ['codes', defaults.codes],
      ['code-size', defaults.codeSize],
      ['commitment', defaults.commitment],
      ['codebook-decay', defaults.codebookDecay],
      ['prior-channels', defaults.priorChannels],
      ['prior-depth', defaults.priorDepth],
      ['prior-position', defaults.priorPosition],
      ['binarise', defaults.binarise],
      ['epochs', defaults.epochs],
      ['batch', defaults.batchSize],
      ['optimizer', defaults.optimizer],
      ['learning-rate', defaults.learningRate],
      ['rate-schedule', defaults.rateSchedule],
      ['weight-decay', resolveConfig({ runDir: 'x', optimizer: 'adamw' }).weightDecay],
      ['momentum', resolveConfig({ runDir: 'x', optimizer: 'sgd' }).momentum],
      ['seed', defaults.seed],
      ['engine', defaults.engine],
      ['backend', defaults.backend],
    ] as const) {
      expect(said).toMatch(new RegExp(`--${option} <[^>]+> [^<]*\\(default: ${value}\\b`));
    }
  });

  test('--version says the version of the package', async () => {
    const { version } = jest.requireActual<{ version: string }>('latentkit/package.json');
    expect(await runCommand(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe('wrong usage', () => {
  test.each([
    ['no verb at all', [], 'Usage: latentkit'],
    ['a mistyped verb', ['trian'], 'Did you mean train?'],
    ['a mistyped option', ['train', '--epoch', '3'], 'Did you mean --epochs?'],
    ['a number that is none', ['train', '--beta', 'much'], 'Expected a number'],
    ['a count that is no whole number', ['train', '--latent', '2.5'], 'Expected a whole number'],
    ['a list that is none', ['train', '--hidden', '400;200'], 'commas between'],
    ['an argument too many', ['info', 'one', 'two'], 'too many arguments'],
    ['an argument that is missing', ['info'], "missing required argument 'model'"],
    ['an option that is missing', ['export', 'run'], "required option '-o, --out <folder>'"],
  ])('%s exits with 2 and says what to do', async (_, args, message) => {
    const { code, stdout, stderr } = await callCommand(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
