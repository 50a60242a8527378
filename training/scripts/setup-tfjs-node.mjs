#!/usr/bin/env node
/**
 * Obtains the native half of @tensorflow/tfjs-node, which a plain `npm ci` leaves out.
 *
 *   npm run setup:tfjs-node                      set it up; does nothing where it already works
 *   npm run setup:tfjs-node -- --check           only say whether it works (exit code 0 or 1)
 *   npm run setup:tfjs-node -- --wheel=FILE      take TensorFlow from a wheel that is already here
 *
 * The package's own installer is tried first. Its binaries come from a storage bucket that is not
 * reachable everywhere, so the second way takes the same C library out of the Python wheel
 * `tensorflow-cpu` (pip finds it wherever pip is set to look) and compiles the addon against it.
 * The addon is put in place last: a run that is interrupted leaves nothing that would be loaded.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';

const require = createRequire(import.meta.url);
const WHEEL = 'tensorflow-cpu';
const WHEEL_VERSION = '2.21.*';
/** Wheels are built per Python version; only the C library inside matters, so any of them serves. */
const OTHER_PYTHONS = ['3.13', '3.12', '3.11'];
const MINUTE = 60_000;

class SetupError extends Error {}

const say = (text) => process.stdout.write(`${text}\n`);

/** Runs a command; returns its output, or throws with the last lines of what it printed. */
function sh(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (done.error?.code === 'ENOENT') throw new SetupError(`'${command}' was not found.`);
  if (done.error?.code === 'ETIMEDOUT') {
    throw new SetupError(
      `'${command}' was stopped after ${(options.timeout ?? 0) / MINUTE} minutes.`,
    );
  }
  if (done.status !== 0) {
    const output = `${done.stdout ?? ''}\n${done.stderr ?? ''}`.trim().split('\n');
    const tail = output.slice(-6).map((line) => `    ${line.slice(0, 300)}`);
    throw new SetupError(
      `'${command}' ended with ${done.status ?? done.signal}:\n${tail.join('\n')}`,
    );
  }
  return done.stdout;
}

/** Loads tfjs-node in a child process (a broken addon may crash it) and multiplies two matrices. */
function probe() {
  const script = `
    const util = require('node:util');
    util.isNullOrUndefined = (value) => value === null || value === undefined;
    util.isArray = Array.isArray;
    const tf = require(${JSON.stringify(packageDir())});
    const four = tf.matMul(tf.ones([1, 4]), tf.ones([4, 1])).dataSync()[0];
    if (tf.getBackend() !== 'tensorflow' || four !== 4) throw new Error('wrong result: ' + four);
    console.log(tf.backend().binding.TF_Version);`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  const done = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env });
  if (done.status === 0) return { works: true, version: done.stdout.trim().split('\n').at(-1) };
  const reason = /Error: .*/.exec(done.stderr)?.[0] ?? done.stderr.trim().split('\n').at(-1);
  return { works: false, reason: reason || `the process ended with ${done.signal ?? done.status}` };
}

function packageDir() {
  try {
    return dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
  } catch {
    throw new SetupError(
      '@tensorflow/tfjs-node is not installed. It is an optional dependency: run `npm ci` (or ' +
        '`npm install`) without --omit=optional, then this script again.',
    );
  }
}

/** The package's own installer. It edits its package.json while it runs, and not always back. */
function ownWay(dir) {
  const manifest = join(dir, 'package.json');
  const before = readFileSync(manifest);
  const bins = [];
  for (let at = dir; dirname(at) !== at; at = dirname(at))
    bins.push(join(at, 'node_modules', '.bin'));
  const env = { ...process.env, PATH: [...bins, process.env.PATH].join(delimiter) };
  try {
    sh(process.execPath, ['scripts/install.js', 'cpu', 'download'], {
      cwd: dir,
      env,
      timeout: 15 * MINUTE,
    });
  } finally {
    writeFileSync(manifest, before);
  }
}

/** The addon compiled against the C library in the Python wheel. */
function wheelWay(dir, givenWheel) {
  if (process.platform !== 'linux') {
    throw new SetupError(`This way is known to work on Linux only; this is ${process.platform}.`);
  }
  const headers = nodeHeaders();
  const compiler = process.env.CXX || 'g++';
  sh(compiler, ['--version']);
  const python = process.env.PYTHON || 'python3';
  sh(python, ['--version']);
  const scratch = mkdtempSync(join(tmpdir(), 'latentkit-tfjs-node-'));
  try {
    const wheel = givenWheel ?? downloadWheel(python, scratch);
    say(`  unpacking ${wheel.split('/').at(-1)}`);
    const unpacked = join(scratch, 'unpacked');
    sh(python, ['-c', UNPACK, wheel, unpacked]);
    const source = join(unpacked, 'tensorflow');
    const stage = join(dir, `.deps-${process.pid}`);
    rmSync(stage, { recursive: true, force: true });
    mkdirSync(join(stage, 'lib'), { recursive: true });
    try {
      for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
        copyFileSync(join(source, name), join(stage, 'lib', name));
      }
      symlinkSync('libtensorflow_cc.so.2', join(stage, 'lib', 'libtensorflow.so'));
      symlinkSync('libtensorflow_framework.so.2', join(stage, 'lib', 'libtensorflow_framework.so'));
      cpSync(join(source, 'include'), join(stage, 'include'), { recursive: true });
      say(`  compiling the addon with ${compiler}`);
      const addon = join(stage, 'tfjs_binding.node');
      compile(compiler, dir, stage, headers, addon);
      const target = join(dir, 'lib', 'napi-v8');
      mkdirSync(target, { recursive: true });
      rmSync(join(target, 'tfjs_binding.node'), { force: true });
      rmSync(join(dir, 'deps'), { recursive: true, force: true });
      const staged = join(target, `.tfjs_binding-${process.pid}.node`);
      renameSync(addon, staged);
      renameSync(stage, join(dir, 'deps'));
      renameSync(staged, join(target, 'tfjs_binding.node'));
    } finally {
      rmSync(stage, { recursive: true, force: true });
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Only the two libraries and the headers that the binding includes; the wheel holds far more. */
const UNPACK = `
import sys, zipfile
keep = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2",
        "tensorflow/include/tensorflow/c/", "tensorflow/include/tensorflow/core/platform/",
        "tensorflow/include/tsl/platform/", "tensorflow/include/xla/tsl/")
with zipfile.ZipFile(sys.argv[1]) as wheel:
    names = [name for name in wheel.namelist() if name.startswith(keep)]
    if not any(name.endswith("libtensorflow_cc.so.2") for name in names):
        sys.exit("the wheel holds no libtensorflow_cc.so.2")
    wheel.extractall(sys.argv[2], names)
`;

function downloadWheel(python, scratch) {
  const failures = [];
  for (const version of [undefined, ...OTHER_PYTHONS]) {
    say(`  pip download ${WHEEL} (about 270 MB)${version ? `, for Python ${version}` : ''}`);
    const args = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:'];
    args.push('--retries=0', '--timeout=30', '--dest', scratch);
    if (version) args.push(`--python-version=${version}`);
    try {
      sh(python, [...args, `${WHEEL}==${WHEEL_VERSION}`], { timeout: 30 * MINUTE });
      const wheel = readdirSync(scratch).find((name) => name.endsWith('.whl'));
      if (wheel) return join(scratch, wheel);
      failures.push('pip ended well but left no wheel');
    } catch (error) {
      failures.push(error.message);
      // Another Python version helps only where pip reached an index and found nothing that fits.
      if (!/No matching distribution|none of the|not a supported wheel/i.test(error.message)) break;
    }
  }
  throw new SetupError(`pip could not get ${WHEEL} ${WHEEL_VERSION}: ${failures.at(0)}`);
}

function nodeHeaders() {
  const roots = [
    process.env.npm_config_nodedir,
    dirname(dirname(process.execPath)),
    join(homedir(), '.cache', 'node-gyp', process.versions.node),
  ];
  for (const root of roots) {
    const include = root && join(root, 'include', 'node');
    if (include && existsSync(join(include, 'node_api.h'))) return include;
  }
  throw new SetupError(
    "Node's C headers (node_api.h) were not found beside the node binary. `npx node-gyp install` " +
      'fetches them; or set npm_config_nodedir to a folder that holds include/node.',
  );
}

function compile(compiler, dir, stage, headers, output) {
  const args = ['-std=c++17', '-O2', '-shared', '-fPIC', '-w', '-DNAPI_VERSION=8'];
  args.push(`-I${headers}`, `-I${join(stage, 'include')}`, `-I${dir}`);
  for (const name of readdirSync(join(dir, 'binding')).sort()) {
    if (name.endsWith('.cc')) args.push(join(dir, 'binding', name));
  }
  args.push(`-L${join(stage, 'lib')}`, '-ltensorflow', '-ltensorflow_framework');
  args.push('-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', output);
  sh(compiler, args, { timeout: 15 * MINUTE });
}

function main(args) {
  const unknown = args.find((arg) => arg !== '--check' && !arg.startsWith('--wheel='));
  if (unknown) throw new SetupError(`Unknown argument '${unknown}'. Known: --check, --wheel=FILE.`);
  const wheelArg = args.find((arg) => arg.startsWith('--wheel='))?.slice('--wheel='.length);
  const wheel = wheelArg === undefined ? undefined : resolve(wheelArg);
  if (wheel !== undefined && !existsSync(wheel))
    throw new SetupError(`There is no wheel at ${wheel}.`);

  const dir = packageDir();
  const before = probe();
  if (before.works) {
    say(`tfjs-node works (TensorFlow ${before.version}); nothing to do.`);
    return 0;
  }
  if (args.includes('--check')) {
    say(`tfjs-node does not work yet: ${before.reason}`);
    return 1;
  }

  const ways = [
    ['Python wheel', () => wheelWay(dir, wheel)],
    ["package's own installer", () => ownWay(dir)],
  ];
  // A wheel that was named is what the user wants; otherwise the package's own way goes first.
  if (wheel === undefined) ways.reverse();
  const failures = [];
  for (const [name, attempt] of ways) {
    say(`Setting up tfjs-node by the ${name} …`);
    try {
      attempt();
      const after = probe();
      if (after.works) {
        say(`Done: tfjs-node works (TensorFlow ${after.version}).`);
        return 0;
      }
      failures.push(`${name}: it installed, but does not load: ${after.reason}`);
    } catch (error) {
      if (!(error instanceof SetupError) && error.code === undefined) throw error;
      failures.push(`${name}: ${error.message}`);
    }
    say(`  that did not work. ${failures.at(-1)}`);
  }
  throw new SetupError(
    'tfjs-node could not be set up. Training goes on without it, slower, on the wasm backend.\n' +
      failures.map((text, index) => `  ${index + 1}. ${text}`).join('\n') +
      '\nWhat helps: a network that reaches the package’s storage bucket or a pip index; python3 ' +
      'with pip and g++; or --wheel=FILE with a tensorflow-cpu wheel fetched elsewhere.',
  );
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
