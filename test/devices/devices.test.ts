import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createRunner,
  type GraphRunner,
  type NamedTensors,
  parseCard,
  tensor,
} from '@latentkit/node';
import { ordinaryItems, tile, withValues } from '../../scripts/devices/answers/feeds.ts';
import { compare } from '../../scripts/devices/answers/parity.ts';
import { Asker } from '../../scripts/devices/asker.ts';
import { faultsOf, growth } from '../../scripts/devices/report/judge.ts';
import { reportTables } from '../../scripts/devices/report/page.ts';
import type { DevicesReport, ParityRow } from '../../scripts/devices/report/report.ts';
import { tinyModel } from '../fixtures/tiny-model.ts';

const row: ParityRow = {
  ...{ graph: 'encoder', output: 'mean', fed: 'golden', against: 'trainer' },
  ...{ off: 2e-7, batch: 7, limit: 1e-3 },
};
const where = { device: 'webgpu', model: 'tiny' } as const;
const nothing: DevicesReport = {
  ...{ date: '2026-01-02', machine: 'a machine', gpu: 'a GPU', commands: [], peers: [] },
  findings: { open: [], parity: [], auto: [], uses: [], memory: [], speed: [] },
  ...{ absent: {}, notAsked: [] },
};
const withFindings = (findings: Partial<DevicesReport['findings']>, more = {}): DevicesReport => ({
  ...nothing,
  findings: { ...nothing.findings, ...findings },
  ...more,
});
const parityOf = (answer: readonly ParityRow[]) =>
  withFindings({
    parity: [
      {
        question: { ask: 'parity', precision: 'fp32', batches: [7], ...where },
        seconds: 1,
        answer,
      },
    ],
  });
const speedOf = (first: number) =>
  withFindings(
    {
      speed: [
        {
          question: { ask: 'speed', batches: [4], rounds: 3, ...where },
          seconds: 1,
          answer: {
            speeds: [{ what: 'embed', batch: 4, milliseconds: [9, 2, 1] }],
            ends: [{ batch: 4, first, last: 2 }],
          },
        },
      ],
    },
    {
      peers: [
        {
          ...{ name: 'PyTorch on cuda', model: 'tiny' },
          speeds: [{ batch: 4, first: 1, last: 2, milliseconds: 1 }],
        },
      ],
    },
  );

describe('the judgement of a report', () => {
  test('finds no fault where there is none', () => {
    expect(faultsOf(nothing)).toEqual([]);
    expect(faultsOf(parityOf([row]))).toEqual([]);
    expect(faultsOf(speedOf(1))).toEqual([]);
  });

  test.each([
    ['beyond the limit', 0.5, 'off by 0.5'],
    ['no number', null, 'what is no number'],
  ])('tells a parity failure by name: %s', (_, off, words) => {
    const [fault, ...others] = faultsOf(parityOf([row, { ...row, off, graph: 'decoder' }]));
    expect(fault).toContain(`parity of tiny on webgpu in fp32: 'mean' of the decoder is`);
    expect(fault).toContain(words);
    expect(others).toEqual([]);
  });

  test('takes no comparison at all for a failure', () => {
    const [fault] = faultsOf(parityOf([]));
    expect(fault).toBe('parity of tiny on webgpu in fp32: nothing was compared');
    expect(reportTables(parityOf([])).join()).toContain('**wrong**');
  });

  test('tells a process that died, a command that failed, a use that went wrong', () => {
    const uses = [{ name: 'inline: stream', off: 1, limit: 0.1, says: 'batches' }];
    const report = withFindings(
      {
        uses: [{ question: { ask: 'uses', ...where }, seconds: 1, answer: uses }],
        auto: [{ question: { ask: 'auto', model: 'tiny' }, seconds: 1, fault: 'died by SIGSEGV' }],
      },
      { commands: [{ command: 'latentkit doctor', code: 1, output: '' }] },
    );
    expect(faultsOf(report)).toEqual([
      'auto of tiny: died by SIGSEGV',
      'uses of tiny on webgpu: inline: stream: batches (off by 1, at most 0.1)',
      'latentkit doctor: ended with 1',
    ]);
  });

  test('tells a peer that computes something else, which would be no peer', () => {
    expect(faultsOf(speedOf(1.5))).toEqual([
      'tiny on webgpu: PyTorch on cuda computes other embeddings',
    ]);
  });

  test('tells memory that grows, of the process and of the GPU', () => {
    const flat = [90, 100, 110, 120, 120, 121, 119, 122];
    expect(growth({ resident: flat, gpu: [500, 510] })).toEqual([]);
    expect(growth({ resident: [...flat, 300], gpu: [500, 900] })).toEqual([
      'memory grew from 120 MiB to 300 MiB',
      'memory of the GPU grew from 500 MiB to 900 MiB',
    ]);
    expect(growth({ resident: [90] })).toEqual(['too few sessions were opened']);
  });
});

describe('the tables of a report', () => {
  test('have the worst number and its limit, and say what is wrong', () => {
    const sound = reportTables(parityOf([row, { ...row, off: 4e-7 }])).join('\n');
    expect(sound).toContain('| tiny | webgpu | fp32 | 4.0e-7 of 0.001 |  |  |  | ok |');
    const wrong = reportTables(parityOf([{ ...row, off: null }])).join('\n');
    expect(wrong).toContain('| no number of 0.001 |  |  |  | **wrong** |');
    expect(wrong).toContain('**Faults**');
    const left = reportTables(parityOf([{ ...row, wholly: false }])).join('\n');
    expect(left).toContain('| ok; encoder: some nodes on the CPU |');
  });

  test('have items a second of the median, beside the peer', () => {
    const text = reportTables(speedOf(1)).join('\n');
    expect(text).toContain('| model | task | batch | webgpu | PyTorch on cuda |');
    expect(text).toContain('| tiny | embed | 4 | 2,000 | 4,000 |');
  });
});

describe('feeds', () => {
  const feeds = {
    x: tensor(Float32Array.of(1, 2, 3, 4), [2, 2]),
    y: tensor(Float32Array.of(1, 0), [2, 1]),
    temperature: tensor(Float32Array.of(1), [1]),
  };

  test('are rows again and again, and what has none stays whole', () => {
    const tiled = tile(feeds, 2, 3);
    expect([...tiled['x']!.data]).toEqual([1, 2, 3, 4, 1, 2]);
    expect(tiled['x']!.dims).toEqual([3, 2]);
    expect(tiled['temperature']).toBe(feeds.temperature);
  });

  test('take zeros and the ends of the range, but labels', () => {
    const big = { ...feeds, x: tensor(ordinaryItems(40, 10), [40, 10]) };
    expect(new Set<unknown>(withValues(big, 'zeros', [0, 1])['x']!.data)).toEqual(new Set([0]));
    const { x, y } = withValues(big, 'extremes', [-1, 1]) as typeof feeds;
    expect(new Set(x.data)).toEqual(new Set([-1, 1]));
    expect(y).toBe(feeds.y);
  });
});

describe('parity', () => {
  const { files } = tinyModel();
  const card = parseCard(Buffer.from(files['model.json'] as Uint8Array).toString());
  const limits = { card, device: 'webgpu', precision: 'fp32' } as const;

  /** A device that is `off` by so much. */
  const broken = (runner: GraphRunner, off: number): GraphRunner => ({
    ...{ device: 'webgpu', inputs: runner.inputs, outputs: runner.outputs },
    dispose: () => runner.dispose(),
    async run(feeds) {
      const outputs: NamedTensors = await runner.run(feeds);
      const [[name, { data, dims }]] = Object.entries(outputs) as [[string, (typeof outputs)['x']]];
      const moved = Float32Array.from(data as Float32Array, (value) => value + off);
      return { ...outputs, [name]: tensor(moved, dims) };
    },
  });

  test.each([
    [0, false],
    [0.5, true],
    [Number.NaN, true],
  ])('of a device that is off by %d', async (off, isWrong) => {
    const cpu = await createRunner(files['encoder.onnx'] as Uint8Array);
    const [input] = cpu.inputs;
    const [, ...shape] = input!.shape as number[];
    const size = shape.reduce((a, b) => a * b, 1);
    const feeds = { [input!.name]: tensor(ordinaryItems(3, size), [3, ...shape]) };
    const cases = [{ batch: 3, feeds, expected: await cpu.run(feeds) }];
    const answer = await compare('encoder', broken(cpu, off), cpu, cases, limits);
    await cpu.dispose();
    expect(new Set(answer.map(({ fed, against }) => `${fed} ${against}`))).toEqual(
      new Set(['golden trainer', 'golden cpu', 'zeros cpu', 'extremes cpu']),
    );
    const faults = faultsOf(parityOf(answer));
    // Each of the four, for the one output that is moved.
    expect(faults).toHaveLength(isWrong ? 4 : 0);
  });
});

describe('an asker', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latentkit-asker-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const ask = async (code: string, until = Number.POSITIVE_INFINITY) => {
    const program = join(folder, 'program.mjs');
    await writeFile(program, code);
    let saved = 0;
    const onAnswer = () => {
      saved += 1;
    };
    const asker = new Asker({ limit: 20_000, until, onAnswer, program });
    await asker.askAll(2, [{ ask: 'auto', model: '/somewhere/tiny' }]);
    return { asker, saved };
  };

  test('keeps an answer, with the name of the model alone', async () => {
    const { asker, saved } = await ask('process.send({ answer: [] });');
    expect(asker.findings.auto).toEqual([
      { question: { ask: 'auto', model: 'tiny' }, seconds: expect.any(Number), answer: [] },
    ]);
    expect(saved).toBe(1);
  });

  test('outlives a process that dies, and tells how it did', async () => {
    const { asker } = await ask('process.kill(process.pid, "SIGSEGV"); setTimeout(() => {}, 9e3);');
    expect(asker.findings.auto[0]?.fault).toContain('died by SIGSEGV');
  });

  test('asks nothing once its time is up, and says so', async () => {
    const { asker } = await ask('process.send({ answer: [] });', -1);
    expect(asker.findings.auto).toEqual([]);
    expect(asker.notAsked).toEqual(['auto of tiny']);
  });
});
