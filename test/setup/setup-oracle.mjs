/**
 * Installs the oracle of the outside tests: a Python environment with onnx, onnxruntime and tensorboard under
 * .cache/oracle, where test/outside/oracle.ts looks for it. Does nothing where it is there already.
 *
 *     node test/setup/setup-oracle.mjs
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = ['onnx==1.23.1', 'onnxruntime==1.30.0', 'tensorboard==2.21.0'];

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, '.cache', 'oracle');
const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  const why = error ? error.message : `exit code ${status}`;
  console.error(`The oracle could not be set up: ${command} ${args.join(' ')}: ${why}`);
  process.exit(1);
}

const ready =
  existsSync(python) &&
  spawnSync(python, ['-c', 'import onnx, onnxruntime, tensorboard']).status === 0;
if (!ready) {
  run('python3', ['-m', 'venv', '--clear', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES]);
}
console.log(`The oracle is ${python}`);
