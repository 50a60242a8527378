import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type NamedTensors, tensor } from '@latentkit/core';
import { distanceOf } from '@latentkit/core/runtime';
import { createRunner } from '@latentkit/node';
import { checkModel, optimize, readModel, writeModel } from '@latentkit/onnx';
import { scratchFolder } from '../cli/run-command.ts';
import { damaged } from './damage.ts';
import { findTorch } from './find-torch.ts';
import { skipSuite } from './skip-suite.ts';

interface Case {
  readonly name: string;
  /** What `onnx.checker` found; null where the file is valid. */
  readonly checker: string | null;
  /** Shapes by name. */
  readonly inputs: Readonly<Record<string, number[]>>;
}

/** Networks of torch_exports.py × its two exporters, and four of them quantised in three ways. */
const COUNT = 12 * 2 + 4 * 3;

const torch = findTorch(['onnxruntime']);
if ('missing' in torch) {
  skipSuite('What PyTorch’s exporters and ONNX Runtime’s quantiser write', torch.missing);
} else {
  describe('what PyTorch’s exporters and ONNX Runtime’s quantiser write', () => {
    let folder: string;
    let cases: Case[];
    beforeAll(async () => {
      folder = await scratchFolder();
      const script = join(__dirname, 'torch_exports.py');
      const { status, stderr } = spawnSync(torch.python, [script, folder], { encoding: 'utf8' });
      expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
      ({ cases } = JSON.parse(await readFile(join(folder, 'cases.json'), 'utf8')));
    }, 300_000);
    afterAll(() => rm(folder, { recursive: true }));

    const read = (name: string) => new Uint8Array(readFileSync(join(folder, `${name}.onnx`)));

    test('is there, and valid by onnx.checker', () => {
      expect(cases).toHaveLength(COUNT);
      expect(cases.filter(({ checker }) => checker !== null)).toEqual([]);
    });

    test('is valid by ours as well', () => {
      const refused = cases.flatMap(({ name }) => {
        const errors = checkModel(read(name)).filter(({ severity }) => severity !== 'warning');
        return errors.map(({ message }) => `${name}: ${message}`);
      });
      expect(refused).toEqual([]);
    });

    test('once damaged, is refused by ours wherever onnx.checker refuses it', async () => {
      const damages = cases.flatMap(({ name }) =>
        [...damaged(readModel(read(name)), 4)].map((damage, i) => ({
          ...damage,
          name: `${name}: ${damage.name}`,
          file: `damage ${name} ${i}.onnx`,
        })),
      );
      expect(damages.length).toBeGreaterThan(36 * 30);
      const ours = damages.map(({ file, model }) => {
        const bytes = writeModel(model);
        writeFileSync(join(folder, file), bytes);
        return checkModel(bytes).some(({ severity }) => severity === 'error');
      });
      writeFileSync(join(folder, 'damages.json'), JSON.stringify(damages.map(({ file }) => file)));
      const { status, stderr } = spawnSync(torch.python, ['-c', CHECK, folder]);
      expect([status, status === 0 ? '' : String(stderr)]).toEqual([0, '']);
      const theirs: (string | null)[] = JSON.parse(
        readFileSync(join(folder, 'verdicts.json'), 'utf8'),
      );
      const passed = damages.flatMap(({ name }, i) =>
        theirs[i] !== null && !ours[i] ? [`${name}: ${theirs[i]}`] : [],
      );
      // The other way round ours may be stricter: every one of them is wrong.
      expect(passed).toEqual([]);
      expect(theirs.filter((verdict) => verdict !== null).length).toBeGreaterThan(1000);
    }, 300_000);

    test('gives the same outputs when it is optimised, to 1e-5', async () => {
      const wrong: string[] = [];
      for (const { name, inputs } of cases) {
        const feeds = Object.fromEntries(
          Object.entries(inputs).map(([input, dims]) => {
            const { buffer } = new Uint8Array(readFileSync(join(folder, `${name}.${input}.bin`)));
            return [input, tensor(new Float32Array(buffer), dims)];
          }),
        );
        const bytes = read(name);
        const optimised = optimize(readModel(bytes));
        expect(
          checkModel(writeModel(optimised)).filter((each) => each.severity === 'error'),
        ).toEqual([]);
        const [expected, received] = await Promise.all([
          run(bytes, feeds),
          run(writeModel(optimised), feeds),
        ]);
        for (const [output, value] of Object.entries(expected)) {
          const { scaled } = distanceOf(received[output], value);
          if (!(scaled <= 1e-5)) wrong.push(`${name}: '${output}' is off by ${scaled}`);
        }
      }
      expect(wrong).toEqual([]);
    }, 120_000);
  });
}

/** The verdicts of onnx.checker on damages.json. */
const CHECK = `
import json, os, sys
import onnx
folder = sys.argv[1]
verdicts = []
for file in json.load(open(os.path.join(folder, 'damages.json'))):
    try:
        onnx.checker.check_model(open(os.path.join(folder, file), 'rb').read(), full_check=True)
        verdicts.append(None)
    except Exception as error:
        verdicts.append((str(error) or type(error).__name__)[:200])
json.dump(verdicts, open(os.path.join(folder, 'verdicts.json'), 'w'))
`;

/** As the file says it, without the optimisations of ONNX Runtime. */
async function run(bytes: Uint8Array, feeds: NamedTensors): Promise<NamedTensors> {
  const runner = await createRunner(bytes, { threads: 1, optimization: 'disabled' });
  try {
    return await runner.run(feeds);
  } finally {
    await runner.dispose();
  }
}
