import { describe, expect, test } from '@jest/globals';
import { version } from '../../packages/cli/package.json';
import { damagedInstallation } from './damaged-installation.ts';
import { ROOT, runCommand, scratchFolder, startCommand, startProgram } from './run-command.ts';

interface Examination {
  readonly version: string;
  readonly ok: boolean;
  readonly findings: readonly {
    readonly check: string;
    readonly health: string;
    readonly says: string;
    readonly remedy?: string;
  }[];
}

/** The findings of an examination by check. */
function byCheck(stdout: string): Record<string, Examination['findings'][number]> {
  const { findings } = JSON.parse(stdout) as Examination;
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}

/** A package whose code, when it is loaded, does this. */
const acting = (code: string) => ({
  'package.json': JSON.stringify({ version: '0.0.1', main: 'index.js' }),
  'index.js': code,
});

/** A native library that is none, and the call by which Node loads one. */
const BAD_LIBRARY =
  "process.dlopen({ exports: {} }, __dirname + '/lib/napi-v8/tfjs_binding.node');";

describe('latentkit doctor', () => {
  test('finds nothing wrong here', async () => {
    const LATENTKIT_CACHE = await scratchFolder();
    const { code, stdout, stderr } = await runCommand(['doctor'], { env: { LATENTKIT_CACHE } });
    expect([code, stderr]).toEqual([0, '']);
    const versionOfNode = process.versions.node.replaceAll('.', '\\.');
    for (const line of [
      `ok +Node +${versionOfNode} on \\w+-\\w+`,
      'ok +ONNX Runtime +onnxruntime-node \\d+\\.\\d+\\.\\d+, its native library loads',
      'ok +a tiny embed +runs on cpu, loaded and run in \\d+ ms$',
      `ok +cache +${LATENTKIT_CACHE}, 0 files of 0 B, .* free$`,
      `latentkit ${version}: 0 faults, \\d warnings?$`,
    ]) {
      expect(stdout).toMatch(new RegExp(`^${line}`, 'm'));
    }
  });

  test('names all that is missing or broken, and what to do', async () => {
    const program = await damagedInstallation({
      without: ['onnxruntime-node', 'sharp', '@tensorflow/tfjs-backend-wasm'],
      instead: {
        '@latentkit/explorer': acting(''),
        '@tensorflow/tfjs-node': {
          ...acting(BAD_LIBRARY),
          'lib/napi-v8/tfjs_binding.node': 'no library',
        },
      },
    });
    const { code, stdout, stderr } = await startProgram([program, 'doctor', '--json'], {
      cwd: ROOT,
      env: {
        LATENTKIT_CACHE: '/dev/null/cache',
        LATENTKIT_CHROMIUM: '/nowhere/chromium',
        TMPDIR: '/dev/null/tmp',
      },
    }).result;
    expect([code, stderr]).toEqual([1, '']);
    const found = byCheck(stdout);
    expect(JSON.parse(stdout)).toMatchObject({ version, ok: false });
    const wrong = Object.values(found).filter(({ health }) => health !== 'ok');
    expect(wrong.map(({ check, health }) => `${check}: ${health}`)).toEqual([
      'ONNX Runtime: fault',
      'a tiny embed: fault',
      'WebAssembly: warning',
      'tfjs-node: warning',
      'sharp: fault',
      'cache: warning',
      'temporary files: fault',
      'Chromium: warning',
      '@latentkit/explorer: warning',
    ]);
    expect(found['ONNX Runtime']?.remedy).toMatch(
      /ONNXRUNTIME_NODE_INSTALL=skip npm install.*onnxruntime-node-install=skip in \.npmrc/s,
    );
    expect(found['tfjs-node']?.says).toContain('delete its folder lib/');
    expect(found['sharp']?.remedy).toContain('npm install sharp');
    expect(found['cache']?.remedy).toContain('LATENTKIT_CACHE');
    expect(found['temporary files']?.remedy).toContain('TMPDIR');
    expect(found['@latentkit/explorer']?.remedy).toBe(`npm install @latentkit/explorer@${version}`);
  });

  test('outlives native code that ends the process', async () => {
    const program = await damagedInstallation({
      instead: { 'onnxruntime-node': acting('process.abort();') },
    });
    const { code, stdout } = await startProgram([program, 'doctor', '--json'], { cwd: ROOT })
      .result;
    expect(code).toBe(1);
    const found = byCheck(stdout);
    for (const name of ['ONNX Runtime', 'a tiny embed']) {
      expect(found[name]).toMatchObject({
        health: 'fault',
        says: expect.stringContaining('died by SIGABRT'),
      });
    }
    // Training goes on without it.
    expect(found['WebAssembly']?.health).toBe('ok');
  });

  test('stops at Ctrl-C', async () => {
    const { child, result } = startCommand(['doctor']);
    child.stdout!.once('data', () => child.kill('SIGINT'));
    const { code, stderr } = await result;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted.');
  });
});
