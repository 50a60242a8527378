import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--no-progress'];

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
