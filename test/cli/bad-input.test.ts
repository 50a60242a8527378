import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { folderOf, pictures } from '../../packages/data/src/testing.ts';
import { cardFile, tinyModel, writeFiles } from '../fixtures/tiny-model.ts';
import { callCommand } from './call-command.ts';
import {
  COMMAND,
  type CommandResult,
  ROOT,
  runCommand,
  SMALL,
  scratchFolder,
  startProcess,
} from './run-command.ts';

/** One message for people: what came, what was expected; no stack, no half-made files. */
function expectRefusal(result: CommandResult, code: number, ...messages: string[]): void {
  expect([result.code, result.stdout]).toEqual([code, '']);
  expect(result.stderr).toMatch(/^error: /m);
  expect(result.stderr).not.toMatch(/^ {4}at /m);
  for (const message of messages) expect(result.stderr).toContain(message);
}

describe('train refuses before it trains', () => {
  test.each([
    [
      'an unknown data set',
      ['--data', 'cifar'],
      "data: expected 'strokes', 'mnist', or the path of data of your own, received 'cifar'",
    ],
    ['a backend for the compiled engine', ['--engine=onnx', '--backend=wasm'], 'backend: expected'],
    ['an unknown backend', ['--backend', 'cuda'], "'tfjs-node', 'wasm', 'cpu', received 'cuda'"],
    ['an unknown engine', ['--engine', 'torch'], "'auto', 'onnx', 'tfjs', received 'torch'"],
    ['an unknown family', ['--family', 'gan'], "received 'gan'"],
    ['codes for a vae', ['--codes', '64'], 'codes: expected none with family vae'],
    ['channels for dense layers', ['--channels', '8'], 'channels: expected none with architecture'],
    ['a σ for a Bernoulli', ['--sigma', '0.5'], 'sigma: expected none with likelihood bernoulli'],
    [
      'a data folder for strokes',
      ['--data-dir', 'photos'],
      'data folder: expected none with data set',
    ],
    ['files without a place', ['--data', 'files'], '--data ./your-pictures or --data-dir'],
    ['an unknown likelihood', ['--likelihood', 'poisson'], "received 'poisson'"],
    ['a latent of size 0', ['--latent', '0'], 'latent size: expected an integer from 1'],
    ['no epochs', ['--epochs', '0'], 'epochs: expected an integer from 1'],
    ['a batch of 0', ['--batch', '0'], 'batch size: expected an integer from 1'],
    ['a negative β', ['--beta', '-1'], 'beta: expected a finite number of at least 0'],
    ['a learning rate of 0', ['--learning-rate', '0'], 'learning rate: expected'],
    [
      'a decay that the optimiser has not',
      ['--weight-decay', '0.1'],
      'none with optimizer adam (it is for optimizer adamw)',
    ],
    ['a momentum of 1', ['--optimizer=sgd', '--momentum=1'], 'momentum: expected a number from 0'],
    ['an average of all time', ['--weight-average', '1'], 'weight average: expected'],
    ['a hidden layer of 0', ['--hidden', '400,0'], 'hidden layer size: expected'],
    ['a negative seed', ['--seed', '-1'], 'seed: expected an integer from 0'],
    ['no items', ['--train-items', '0'], 'training items: expected'],
  ])('%s', async (_, options, message) => {
    const cwd = await scratchFolder();
    expectRefusal(await callCommand(['train', ...options], { cwd }), 2, message);
    expect(await readdir(cwd)).toEqual([]);
  });

  test('a path without the option for it', async () => {
    const { code, stdout, stderr } = await callCommand(['train', './photos', '--image', '9x9']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('error: expected options alone: --data ./photos trains on it');
  });

  test('a run folder that cannot be written', async () => {
    const cwd = await scratchFolder();
    await writeFile(join(cwd, 'file'), '');
    const result = await runCommand(['train', '--out', 'file/run', ...SMALL], { cwd });
    expectRefusal(result, 1, 'The run folder', join(cwd, 'file/run'));
    expect(result.stderr).not.toContain('epoch');
  });

  test('a folder that holds a run, unless told to overwrite or resume', async () => {
    const cwd = await scratchFolder();
    await mkdir(join(cwd, 'run'));
    await writeFile(join(cwd, 'run/checkpoint.safetensors'), 'precious');
    const result = await callCommand(['train', '--out', 'run', ...SMALL], { cwd });
    expectRefusal(result, 2, 'a folder without a run', '--resume', '--overwrite', '--out');
    expect(await readFile(join(cwd, 'run/checkpoint.safetensors'), 'utf8')).toBe('precious');
  });

  test('to resume where there is no run', async () => {
    const cwd = await scratchFolder();
    expectRefusal(await runCommand(['train', '--resume', '--out', 'none'], { cwd }), 1, 'none');
  });

  test('settings that a resumed run cannot change', async () => {
    const result = await runCommand(['train', '--resume', '--latent', '3', '--beta', '2']);
    expectRefusal(result, 2, 'leave out --latent, --beta');
  });

  describe('MNIST files that are not', () => {
    let folder: string;
    const idx = (dims: number[], length: number) => {
      const header = Buffer.alloc(4 + 4 * dims.length);
      header.writeUInt32BE(0x800 + dims.length);
      for (const [i, dim] of dims.entries()) header.writeUInt32BE(dim, 4 + 4 * i);
      return Buffer.concat([header, Buffer.alloc(length)]);
    };
    const write = async (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes);

    beforeAll(async () => {
      folder = await scratchFolder();
    });

    const refused = async (message: string) => {
      const cwd = await scratchFolder();
      const args = ['train', '--data', 'mnist', '--data-dir', folder, '--out', 'run'];
      const result = await callCommand(args, { cwd });
      expectRefusal(result, 1, message);
      expect(result.stderr).not.toContain('epoch');
    };

    test('absent files', () => refused('train-images-idx3-ubyte'));

    test('a truncated file', async () => {
      await write('train-images-idx3-ubyte.gz', gzipSync(idx([4, 28, 28], 4 * 784 - 1)));
      await write('train-labels-idx1-ubyte.gz', gzipSync(idx([4], 4)));
      await write('t10k-images-idx3-ubyte.gz', gzipSync(idx([2, 28, 28], 2 * 784)));
      await write('t10k-labels-idx1-ubyte.gz', gzipSync(idx([2], 2)));
      await refused('is cut short');
    });

    test('a label file of another length', async () => {
      await write('train-images-idx3-ubyte.gz', gzipSync(idx([4, 28, 28], 4 * 784)));
      await write('train-labels-idx1-ubyte.gz', gzipSync(idx([3], 3)));
      await refused('do not belong together');
    });
  });
});

describe('export refuses', () => {
  test('a folder that is no run', async () => {
    const cwd = await scratchFolder();
    expectRefusal(await runCommand(['export', 'nothing', '--out', 'model'], { cwd }), 1, 'nothing');
    expect(await readdir(cwd)).toEqual([]);
  });

  test('to replace a folder that is no model', async () => {
    const cwd = await scratchFolder();
    await mkdir(join(cwd, 'photos'));
    await writeFile(join(cwd, 'photos/one.jpg'), '');
    const result = await runCommand(['export', 'run', '--out', 'photos'], { cwd });
    expectRefusal(result, 2, 'a folder that is absent, empty, or holds an earlier export');
    expect(await readdir(join(cwd, 'photos'))).toEqual(['one.jpg']);
  });

  test('a model folder that cannot be written', async () => {
    const cwd = await scratchFolder();
    await writeFile(join(cwd, 'file'), '');
    const result = await runCommand(['export', 'run', '--out', 'file/model'], { cwd });
    expectRefusal(result, 1, 'The model folder');
  });
});

describe('info refuses', () => {
  let whole: string;
  beforeAll(async () => {
    whole = await writeFiles(join(await scratchFolder(), 'tiny'), tinyModel().files);
  });
  const copy = async () => {
    const folder = join(await scratchFolder(), 'copy');
    await cp(whole, folder, { recursive: true });
    return folder;
  };

  test('a folder that is no model', async () => {
    const cwd = await scratchFolder();
    expectRefusal(await runCommand(['info', 'none'], { cwd }), 1, 'none is not a model');
  });

  test('a card in the place of its folder', async () => {
    const folder = await copy();
    const result = await callCommand(['info', join(folder, 'model.json')]);
    expectRefusal(result, 2, `expected the folder of this card, '${folder}', received`);
  });

  test('a card of an unknown format', async () => {
    const folder = await copy();
    await writeFiles(folder, cardFile({ ...tinyModel().card, format: 3 }));
    expectRefusal(await runCommand(['info', folder]), 1, 'card format 3', 'reads formats 1 and 2');
  });

  test('a card that is no JSON', async () => {
    const folder = await copy();
    await writeFile(join(folder, 'model.json'), '{');
    expectRefusal(
      await runCommand(['info', folder]),
      1,
      'is not valid JSON',
      'export the model again.',
    );
  });

  test.each([
    [
      'an altered file',
      'altered',
      async (file: string) => {
        const bytes = await readFile(file);
        bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
        await writeFile(file, bytes);
      },
    ],
    ['a truncated file', 'bytes instead of', (file: string) => truncate(file, 10)],
    ['a missing file', 'missing', (file: string) => rm(file)],
  ])('%s, after saying what the model is', async (_, fault, spoil) => {
    const folder = await copy();
    await spoil(join(folder, 'encoder.onnx'));
    const { code, stdout, stderr } = await runCommand(['info', folder]);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`BAD +encoder\\.onnx .*${fault}`));
    expect(stdout).toMatch(/ok +decoder\.onnx/);
    expect(stderr).toContain(`error: encoder.onnx: `);
    expect(stderr).toContain(fault);
  });
});

describe('measure refuses', () => {
  test.each([
    [
      'files without a place',
      ['--data', 'files'],
      'data folder: expected the path of your pictures',
    ],
    [
      'a word that is none',
      ['--data', 'nowhere'],
      "expected 'strokes', 'mnist', or the path of data of your own, received 'nowhere'",
    ],
  ])('%s', async (_, options, message) => {
    const cwd = await folderOf(pictures(20, (i) => `${i}.png`));
    const model = resolve(__dirname, '../../models/strokes-ae');
    expectRefusal(await callCommand(['measure', model, ...options], { cwd }), 2, message);
  });
});

describe('errors', () => {
  const noFull = !existsSync('/dev/full');
  (noFull ? test.skip : test)('of a full disk under standard output are one sentence', async () => {
    const line = `exec '${process.execPath}' '${COMMAND}' info models/strokes-vae > /dev/full`;
    const result = await startProcess('sh', ['-c', line], { cwd: ROOT }).result;
    expectRefusal(result, 1, 'Could not write the result to standard output: the disk is full.');
  });

  test('show their stack with --verbose and with DEBUG', async () => {
    for (const [args, env] of [
      [['--verbose', 'info', 'none'], {}],
      [['info', 'none', '--verbose'], {}],
      [['info', 'none'], { DEBUG: '1' }],
    ] as const) {
      const { code, stderr } = await runCommand(args, { env: env as Record<string, string> });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^ {4}at /m);
      expect(stderr).toContain('caused by: Error: ENOENT');
    }
  });
});

describe('--out', () => {
  const FOLDERS = [
    ['train'],
    ['quickstart'],
    ['export', 'run'],
    ['adopt', 'e.onnx', '--image', '4x4x1'],
    ['report', 'model'],
    ['explore', 'model'],
    ['augment', 'model', 'photos'],
    ['queue', 'add', 'model', 'photos'],
  ];
  const PICTURES = [
    ['sample', 'model'],
    ['decode', 'model', 'v.parquet'],
    ['interpolate', 'model', 'a.png', 'b.png'],
    ['edit', 'model', 'a.png', '--attribute', 'a', '--amount', '1'],
  ];

  test.each(FOLDERS.map((args) => [args.slice(0, 2).join(' '), args]))(
    'of %s is a folder, whose name does not end as a file does',
    async (_, args) => {
      const cwd = await scratchFolder();
      const result = await callCommand([...args, '--out', 'x.doc'], { cwd });
      expectRefusal(result, 2, 'Expected a folder', "'x.doc/' is a folder of that name");
      expect(await readdir(cwd)).toEqual([]);
    },
  );

  test.each(PICTURES.map((args): [string, string[]] => [args[0] as string, args]))(
    'of %s is a folder or a picture of a known ending',
    async (_, args) => {
      const cwd = await scratchFolder();
      const result = await callCommand([...args, '--out', 'x.doc'], { cwd });
      expectRefusal(result, 2, '--out: expected a folder', '(.png)', '(.webp, .gif)');
      expect(await readdir(cwd)).toEqual([]);
    },
  );
});

describe('a port that is taken', () => {
  test.each(['serve', 'explore'])('%s tells of a model that is not there before', async (verb) => {
    const cwd = await scratchFolder();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const port = String((server.address() as AddressInfo).port);
      const result = await callCommand([verb, 'missing', '--port', port], { cwd });
      expectRefusal(result, 1, 'missing');
      expect(result.stderr).not.toContain(port);
    } finally {
      server.close();
    }
  });
});
