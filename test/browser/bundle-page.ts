import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const VITE = join(dirname(createRequire(__filename).resolve('vite/package.json')), 'bin/vite.js');

/**
 * Bundles a page (a folder with an index.html, and a vite.config.mjs if it needs one) with vite, from
 * the built packages.
 *
 * @returns the folder of the bundle, and what deletes it
 * @throws Error with vite's own words
 */
export async function bundlePage(
  folder: string,
): Promise<{ folder: string; remove: () => Promise<void> }> {
  const out = await mkdtemp(join(tmpdir(), 'latentkit-page-'));
  const remove = () => rm(out, { recursive: true, force: true });
  try {
    // Vite is an ES module, which jest cannot import, and a process of its own leaves no handles behind.
    await promisify(execFile)(
      process.execPath,
      [VITE, 'build', folder, '--outDir', out, '--emptyOutDir', '--logLevel', 'warn'],
      { env: { ...process.env, NODE_ENV: 'production' } },
    );
    return { folder: out, remove };
  } catch (error) {
    await remove();
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(
      `vite could not bundle ${folder}. Are the packages built (npm run build)?\n${stdout}${stderr}`,
    );
  }
}
