import { accessSync, constants } from 'node:fs';

/** Where Chromium and Chrome usually are, in the order in which they are looked for. */
export const USUAL_CHROMIUMS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
] as const;

export interface ChromiumSearch {
  /** The first executable file among those looked at. */
  readonly found: string | undefined;
  /** The path that LATENTKIT_CHROMIUM names, which alone is looked at then. */
  readonly named: string | undefined;
  readonly lookedAt: readonly string[];
}

/** Looks for a Chromium: where LATENTKIT_CHROMIUM says, or at these paths. */
export function findChromium(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  paths: readonly string[] = USUAL_CHROMIUMS,
): ChromiumSearch {
  const named = environment['LATENTKIT_CHROMIUM'] || undefined;
  const lookedAt = named === undefined ? paths : [named];
  return { found: lookedAt.find(isExecutable), named, lookedAt };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
