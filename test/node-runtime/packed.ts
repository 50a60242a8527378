import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--no-progress'];

/** Packs the built packages as they would be published, and installs them in an empty project. */
export async function installPacked(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const project = { name: 'consumer', version: '1.0.0', private: true };
  await writeFile(join(folder, 'package.json'), JSON.stringify(project));
  for (const name of packages) {
    await run('npm', ['pack', '--silent', '--pack-destination', folder], {
      cwd: join(ROOT, 'packages', name),
    });
  }
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await npmInstall(
    folder,
    tarballs.map((name) => `./${name}`),
  );
}

/**
 * A runtime whose binary comes in a package of the registry, kept in node_modules/.cache. Found before
 * the tests are declared, so that one that is missing is counted as skipped. These packages are too large (about 100 MB each) to be dependencies that everybody installs.
 *
 * @returns the path of the binary, or why there is none
 */
export function findRuntime(spec: string, binary: string): { path: string } | { missing: string } {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: `${spec} is for linux-x64` };
  }
  const folder = join(ROOT, 'node_modules/.cache/runtimes', spec.replace(/[^a-z0-9.]+/gi, '_'));
  const path = join(folder, 'node_modules', binary);
  if (existsSync(path)) return { path };
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
    execFileSync('npm', ['install', ...FLAGS, spec], { cwd: folder, stdio: 'pipe' });
    return { path };
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: Buffer };
    // Only a registry that cannot be reached excuses the test.
    if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|E401|E403|E404/.test(`${stderr}${message}`)) {
      return { missing: `${spec} cannot be fetched from the registry` };
    }
    throw error;
  }
}

async function npmInstall(folder: string, specs: readonly string[]): Promise<void> {
  const flags = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--no-progress',
  ];
  await run('npm', ['install', ...flags, ...specs], { cwd: folder });
}
