import { spawnSync } from 'node:child_process';
import type { Browser } from 'puppeteer-core';

const USUAL_FIREFOXES = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/snap/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
] as const;

/** A Firefox of this machine, or why there is none to test in. */
export type FoundFirefox =
  | { readonly path: string; readonly version: string }
  | { readonly missing: string };

/** Looks for a Firefox that starts: where LATENTKIT_FIREFOX says, or at these paths. */
export function findFirefox(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  usualPaths: readonly string[] = USUAL_FIREFOXES,
): FoundFirefox {
  const named = environment['LATENTKIT_FIREFOX'] || undefined;
  for (const path of named === undefined ? usualPaths : [named]) {
    const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    const [, version] = /^Mozilla Firefox ([\d.]+)/.exec(stdout ?? '') ?? [];
    if (version !== undefined) return { path, version };
  }
  const wanted = named === undefined ? 'there is no Firefox' : `${named} is no Firefox`;
  return {
    missing: `${wanted} (Debian's firefox-esr; LATENTKIT_FIREFOX names one elsewhere)`,
  };
}

/** Firefox as it is, over WebDriver BiDi; `*.test` hosts that tests name lead here, as hosts that are not localhost. */
export async function launchFirefox(): Promise<Browser> {
  const found = findFirefox();
  if ('missing' in found) throw new Error(found.missing);
  // Loaded where it is needed alone: that takes longer than a test.
  const { launch } = await import('puppeteer-core');
  return launch({
    browser: 'firefox',
    executablePath: found.path,
    extraPrefsFirefox: { 'network.dns.localDomains': 'insecure.test,other.test' },
  });
}
