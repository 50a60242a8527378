import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const require = createRequire(__filename);
const TSX = join(dirname(require.resolve('tsx/package.json')), 'dist/cli.mjs');

/** Runs the set-up on a machine with no browser and no package manager. */
function setUp(environment: Record<string, string>): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [TSX, join(__dirname, 'setup.ts')], {
    encoding: 'utf8',
    env: {
      PATH: '/nowhere',
      HOME: process.env['HOME'] ?? '/',
      LATENTKIT_CHROMIUM: '/nowhere/chromium',
      LATENTKIT_FIREFOX: '/nowhere/firefox',
      ...environment,
    },
  });
  return { status, stderr };
}

describe('the set-up of the tests', () => {
  test('names what is missing, what that costs, and the one command that installs it', () => {
    const { status, stderr } = setUp({ LATENTKIT_SETUP: '0', CI: 'true' });
    expect(stderr).toContain('Chromium: without it, the browser tests fail');
    expect(stderr).toContain('Firefox: without it, the tests of pages in it are skipped');
    expect(stderr).toContain('LATENTKIT_SETUP=1 npm test');
    expect(stderr).not.toContain('Installing');
    expect(status).toBe(0);
  });

  test.each([{ LATENTKIT_SETUP: '1' }, { CI: 'true' }])(
    'ends the run where %o and Chromium cannot be installed',
    (environment) => {
      const { status, stderr } = setUp(environment);
      expect(stderr).toContain('Installing Chromium');
      expect(stderr).toContain('Chromium could not be installed');
      expect(status).toBe(1);
    },
  );
});
