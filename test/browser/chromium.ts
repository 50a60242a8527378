import { findChromium as search, USUAL_CHROMIUMS } from '@latentkit/system/chromium';
import { type Browser, chromium } from 'playwright-core';

/**
 * WebGPU by software (SwiftShader), so that it is there on machines without a GPU; `*.test` leads here, as
 * a host that is not localhost; no background traffic.
 */
export const FLAGS = [
  '--no-sandbox',
  '--host-resolver-rules=MAP *.test 127.0.0.1',
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const USUAL_PATHS = [...USUAL_CHROMIUMS, chromium.executablePath()];

/** Chromium without windows, tabs and menus, of which `--headless` builds all for each page that none sees. */
export const HEADLESS_SHELL = '/usr/bin/chromium-headless-shell';

/**
 * The path of a Chromium on this machine.
 *
 * @throws Error that says how to install one; tests fail by it rather than being skipped
 */
export function findChromium(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  usualPaths: readonly string[] = USUAL_PATHS,
): string {
  const { found, named, lookedAt } = search(environment, usualPaths);
  if (found) return found;
  throw new Error(
    [
      named
        ? `LATENTKIT_CHROMIUM names ${named}, which is no executable file.`
        : 'The browser tests need Chromium, and none was found on this machine.',
      'Install one of these, then run the tests again:',
      '  1. Debian, Ubuntu: apt-get install chromium',
      '  2. anywhere: npx playwright-core install chromium',
      '  3. or set LATENTKIT_CHROMIUM to the path of a Chromium or Chrome',
      `Looked at: ${lookedAt.join(', ')}`,
    ].join('\n'),
  );
}

/**
 * Opens a browser for pages: the headless shell where it is installed, in which a page costs up to half as
 * much, the whole Chromium otherwise. Extensions need the whole one.
 */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium(process.env, [HEADLESS_SHELL, ...USUAL_PATHS]);
  return chromium.launch({ executablePath, args: FLAGS });
}
