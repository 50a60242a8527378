/**
 * Finds what `npm test` asks of a machine beside the npm install: Chromium, Firefox, ONNX's own test data, Redis,
 * and Python's checker and runtime as an oracle. What is missing is installed where that is allowed (root in a container,
 * CI=true, or LATENTKIT_SETUP=1), and named otherwise, with the one command that installs it.
 *
 *     tsx test/setup/setup.ts
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { redisMissing } from '../../scripts/queue/redis-server.ts';
import { findChromium, HEADLESS_SHELL } from '../browser/chromium.ts';
import { findFirefox } from '../browser/firefox.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Something that the tests look for. */
interface Need {
  readonly name: string;
  /** What the tests do without it. */
  readonly without: string;
  /** Without it tests fail, so that an attempt to install it that fails ends the run. */
  readonly required: boolean;
  found(): boolean;
  install(): boolean;
}

function succeeds(command: string, args: readonly string[], show = false): boolean {
  const { status } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: show ? ['ignore', 'inherit', 'inherit'] : 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}

const isRoot = process.getuid?.() === 0;

function aptGet(...args: string[]): boolean {
  return isRoot
    ? succeeds('apt-get', args, true)
    : succeeds('sudo', ['-n', 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args], true);
}

let listsAreNew = false;

/** Installs a Debian package. @returns false where there is no apt-get, no right to use it, or no such package */
function aptInstall(name: string): boolean {
  listsAreNew ||= aptGet('update', '-q');
  return listsAreNew && aptGet('install', '-qy', '--no-install-recommends', name);
}

function chromiumFound(): boolean {
  try {
    findChromium();
    return true;
  } catch {
    return false;
  }
}

const needs: readonly Need[] = [
  {
    name: 'Chromium',
    without: 'the browser tests fail',
    required: true,
    found: chromiumFound,
    install: () =>
      aptInstall('chromium') ||
      succeeds('npx', ['--no-install', 'playwright-core', 'install', 'chromium'], true),
  },
  {
    name: 'chromium-headless-shell',
    without: 'the browser tests take longer',
    required: false,
    // A browser that is named is used for all.
    found: () => Boolean(process.env['LATENTKIT_CHROMIUM']) || existsSync(HEADLESS_SHELL),
    install: () => aptInstall('chromium-headless-shell'),
  },
  {
    name: 'Firefox',
    without: 'the tests of pages in it are skipped, and counted',
    required: false,
    found: () => !('missing' in findFirefox()),
    // 80 MB to fetch.
    install: () => aptInstall('firefox-esr'),
  },
  {
    name: 'libonnx-testdata',
    without: "ONNX's own cases are skipped, and counted",
    required: false,
    found: () => existsSync('/usr/share/libonnx-testdata/data'),
    install: () => aptInstall('libonnx-testdata'),
  },
  {
    name: 'redis-server',
    without: 'the tests of the queue are skipped, and counted',
    required: false,
    found: () => redisMissing() === undefined,
    install: () => aptInstall('redis-server'),
  },
  {
    name: 'the Python oracle (onnx, onnxruntime, tensorboard)',
    without: 'the cases that ask it are skipped, and counted',
    required: false,
    found: () => {
      const python = join(ROOT, '.cache/oracle/bin/python');
      return (
        existsSync(python) && succeeds(python, ['-c', 'import onnx, onnxruntime, tensorboard'])
      );
    },
    // pip would try an unreachable index for minutes.
    install: () =>
      succeeds(
        'timeout',
        ['600', 'env', 'PIP_RETRIES=0', process.execPath, 'test/setup/setup-oracle.mjs'],
        true,
      ),
  },
];

function mayInstall(environment: NodeJS.ProcessEnv = process.env): boolean {
  const asked = environment['LATENTKIT_SETUP'];
  if (asked !== undefined) return asked !== '0' && asked !== '';
  const inContainer = existsSync('/.dockerenv') || existsSync('/run/.containerenv');
  return environment['CI'] === 'true' || (isRoot && inContainer);
}

const missing = needs.filter((need) => !need.found());
if (missing.length > 0 && !mayInstall()) {
  const lines = missing.map(({ name, without }) => `  ${name}: without it, ${without}`);
  console.error(
    `Not on this machine:\n${lines.join('\n')}\nTo install it and run the tests: LATENTKIT_SETUP=1 npm test\n`,
  );
} else {
  for (const need of missing) {
    console.error(`Installing ${need.name} …`);
    if (need.install() && need.found()) continue;
    console.error(`${need.name} could not be installed: ${need.without}. See CONTRIBUTING.md.`);
    if (need.required) process.exitCode = 1;
  }
}
