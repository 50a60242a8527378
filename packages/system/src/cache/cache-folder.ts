import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where downloads and measurements are kept: LATENTKIT_CACHE, or `latentkit` in the platform's folder
 * for caches.
 */
export function cacheFolder(): string {
  const { env, platform } = process;
  if (env['LATENTKIT_CACHE']) return env['LATENTKIT_CACHE'];
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'latentkit');
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local'), 'latentkit', 'Cache');
  }
  const { XDG_CACHE_HOME: given = '' } = env;
  // A relative path is to be ignored (XDG Base Directory Specification, 0.8).
  return join(isAbsolute(given) ? given : join(homedir(), '.cache'), 'latentkit');
}
