import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** ONNX's own Python packages, where they are installed. */
export type Oracle =
  | { available: true; python: string; versions: { onnx: string; onnxruntime: string } }
  | { available: false; reason: string };

export interface OracleCase {
  name: string;
  /** The ONNX file. */
  bytes: Uint8Array;
  /** Feeds to run it on in Python's onnxruntime; without them it is checked and loaded alone. */
  feeds?: Record<string, OracleTensor>;
}

export interface OracleTensor {
  dtype: 'float32' | 'float64' | 'float16' | 'int32' | 'int64' | 'uint8' | 'int8' | 'bool';
  dims: readonly number[];
  /** Elements in row-major order, little-endian. */
  bytes: Uint8Array;
}

export interface OracleVerdict {
  name: string;
  /** What `onnx.checker.check_model(full_check=True)` says; null where it accepts the model. */
  checker: string | null;
  /** What `onnxruntime.InferenceSession` says; null where it loads and, given feeds, runs. */
  runtime: string | null;
  outputs: Record<string, { dtype: string; dims: number[]; bytes: Uint8Array }>;
}

let found: Oracle | undefined;

/** Where setup-oracle.mjs installs it. */
const INSTALLED = join(__dirname, '../../.cache/oracle/bin/python');

/**
 * Finds a Python with onnx and onnxruntime: `LATENTKIT_PYTHON`, else the one that setup-oracle.mjs made,
 * else `python3` on the PATH. Where there is none, the reason says what to install; a test then skips
 * with it, so that the totals count it.
 */
export function findOracle(): Oracle {
  found ??= probe(pythonOfOracle());
  return found;
}

/** The Python that is asked, whatever it has. */
export function pythonOfOracle(): string {
  return process.env['LATENTKIT_PYTHON'] ?? (existsSync(INSTALLED) ? INSTALLED : 'python3');
}

function probe(python: string): Oracle {
  const code = 'import onnx, onnxruntime; print(onnx.__version__, onnxruntime.__version__)';
  const result = spawnSync(python, ['-c', code], { encoding: 'utf8', timeout: 60_000 });
  if (result.status === 0) {
    const [onnx = '', onnxruntime = ''] = result.stdout.trim().split(' ');
    return { available: true, python, versions: { onnx, onnxruntime } };
  }
  const last = (result.error?.message ?? result.stderr ?? '').trim().split('\n').at(-1);
  return {
    available: false,
    reason: `no Python with onnx and onnxruntime (${python}: ${last}). Run "node test/setup/setup-oracle.mjs", or point LATENTKIT_PYTHON at a Python that has them.`,
  };
}

const SCRIPT = `
import json, sys, os
import numpy as np, onnx, onnxruntime as ort
from onnx import checker

folder = sys.argv[1]
run = sys.argv[2] == 'run'
ort.set_default_logger_severity(4)
with open(os.path.join(folder, 'cases.json')) as f:
    cases = json.load(f)
verdicts = []
for i, case in enumerate(cases):
    with open(os.path.join(folder, case['file']), 'rb') as f:
        data = f.read()
    verdict = {'name': case['name'], 'checker': None, 'runtime': None, 'outputs': {}}
    try:
        checker.check_model(data, full_check=True)
    except Exception as error:
        verdict['checker'] = str(error)[:2000] or type(error).__name__
    if run:
        try:
            options = ort.SessionOptions()
            options.intra_op_num_threads = 1
            session = ort.InferenceSession(data, options, providers=['CPUExecutionProvider'])
            if case['feeds'] is not None:
                feeds = {}
                for name, feed in case['feeds'].items():
                    array = np.fromfile(os.path.join(folder, feed['file']), dtype=feed['dtype'])
                    feeds[name] = array.reshape(feed['dims'])
                names = [output.name for output in session.get_outputs()]
                for j, (name, value) in enumerate(zip(names, session.run(names, feeds))):
                    file = 'out-%d-%d.bin' % (i, j)
                    value = np.ascontiguousarray(value)
                    value.tofile(os.path.join(folder, file))
                    verdict['outputs'][name] = {
                        'dtype': str(value.dtype), 'dims': list(value.shape), 'file': file}
        except Exception as error:
            verdict['runtime'] = str(error)[:2000] or type(error).__name__
    verdicts.append(verdict)
with open(os.path.join(folder, 'verdicts.json'), 'w') as f:
    json.dump(verdicts, f)
`;

export interface OracleOptions {
  /** Load (and run) the models in onnxruntime too; default true. */
  runtime?: boolean;
  /** Milliseconds; default 120000. */
  timeout?: number;
}

/**
 * The verdicts of ONNX's Python checker and runtime on all cases, in one start of Python.
 *
 * @throws Error where Python is missing or its process fails
 */
export async function askOracle(
  cases: readonly OracleCase[],
  { runtime = true, timeout = 120_000 }: OracleOptions = {},
): Promise<OracleVerdict[]> {
  const oracle = findOracle();
  if (!oracle.available) throw new Error(oracle.reason);
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-oracle-'));
  try {
    const list = [];
    for (const [i, { name, bytes, feeds }] of cases.entries()) {
      const file = `model-${i}.onnx`;
      await writeFile(join(folder, file), bytes);
      const entries: [string, object][] = [];
      for (const [j, [feed, tensor]] of Object.entries(feeds ?? {}).entries()) {
        const feedFile = `feed-${i}-${j}.bin`;
        await writeFile(join(folder, feedFile), tensor.bytes);
        entries.push([feed, { dtype: tensor.dtype, dims: tensor.dims, file: feedFile }]);
      }
      list.push({ name, file, feeds: feeds ? Object.fromEntries(entries) : null });
    }
    await writeFile(join(folder, 'cases.json'), JSON.stringify(list));
    await runPython(oracle.python, ['-c', SCRIPT, folder, runtime ? 'run' : 'check'], timeout);
    const verdicts = JSON.parse(await readFile(join(folder, 'verdicts.json'), 'utf8'));
    for (const verdict of verdicts) {
      for (const output of Object.values<{ file: string; bytes?: Uint8Array }>(verdict.outputs)) {
        output.bytes = new Uint8Array(await readFile(join(folder, output.file)));
      }
    }
    return verdicts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runPython(python: string, args: string[], timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr = (stderr + text).slice(-4000);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${python} ended with ${signal ?? code}:\n${stderr}`));
    });
  });
}
