import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOracle } from './oracle.ts';

/** One model of ONNX's test data, with inputs and the outputs that belong to them as tensor files. */
export interface TestCase {
  /** `node/test_relu`: the folder and the name in it. */
  name: string;
  model: Uint8Array;
  dataSets: { inputs: Uint8Array[]; outputs: Uint8Array[] }[];
}

/** Where Debian's package libonnx-testdata (1.12) puts the data. */
const DEBIAN = '/usr/share/libonnx-testdata/data';

/** ONNX's test data, or what to install to have it. */
export function findTestData(): { folder: string } | { missing: string } {
  const folder = process.env['LATENTKIT_ONNX_TESTDATA'] ?? DEBIAN;
  if (existsSync(join(folder, 'node'))) return { folder };
  return {
    missing: `no ONNX test data in ${folder}. Install Debian's package libonnx-testdata, or point LATENTKIT_ONNX_TESTDATA at onnx/backend/test/data.`,
  };
}

/** All cases of one kind: `node`, `simple`, `pytorch-converted`, `pytorch-operator`. */
export function readCases(folder: string, kind: string): TestCase[] {
  return readdirSync(join(folder, kind))
    .sort()
    .map((name): TestCase => {
      const path = join(folder, kind, name);
      const sets = readdirSync(path).filter((entry) => entry.startsWith('test_data_set_'));
      return {
        name: `${kind}/${name}`,
        model: readFileSync(join(path, 'model.onnx')),
        dataSets: sets.sort().map((set) => ({
          inputs: numbered(join(path, set), 'input'),
          outputs: numbered(join(path, set), 'output'),
        })),
      };
    });
}

function numbered(folder: string, what: string): Uint8Array[] {
  const files: Uint8Array[] = [];
  for (let i = 0; existsSync(join(folder, `${what}_${i}.pb`)); i++) {
    files.push(readFileSync(join(folder, `${what}_${i}.pb`)));
  }
  return files;
}

/**
 * The light models (whole networks, their weights made by ConstantOfShape) come with Python's onnx
 * package only.
 */
export function findLightModels(): { folder: string } | { missing: string } {
  const oracle = findOracle();
  if (!oracle.available) return { missing: oracle.reason };
  const code = 'import onnx, os; print(os.path.dirname(onnx.__file__))';
  const { stdout } = spawnSync(oracle.python, ['-c', code], { encoding: 'utf8' });
  const folder = join(stdout.trim(), 'backend/test/data/light');
  return existsSync(folder) ? { folder } : { missing: `no light models in ${folder}` };
}

/** The light models with their one expected output. */
export function readLightCases(
  folder: string,
): { name: string; model: Uint8Array; output: Uint8Array }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.onnx'))
    .sort()
    .map((file) => ({
      name: `light/${file}`,
      model: readFileSync(join(folder, file)),
      output: readFileSync(join(folder, file.replace('.onnx', '_output_0.pb'))),
    }));
}
