import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Read by native code when it is loaded, also by the tests that load it without our door.
process.env.ORT_DISABLE_TELEMETRY = '1';

// Where the workers tell the reporter what they ran in part (test/setup/tier.ts).
process.env.LATENTKIT_PARTS = join(tmpdir(), `latentkit-parts-${process.pid}`);

/** One jest run over every workspace, on the TypeScript sources (the `latentkit-source` export condition). */
const toCommonJs = (syntax) => [
  '@swc/jest',
  { jsc: { parser: { syntax }, target: 'es2023' }, module: { type: 'commonjs' } },
];

/** Packages that are ES modules alone, which jest cannot load as they are. */
const ES_MODULES = 'd3-array|d3-contour|flatbush|flatqueue|hyparquet|hyparquet-writer';

/**
 * Given to every module as parameters: a global is looked up in the sandbox by the name, each time, which makes a loop
 * over numbers ten times as slow. None of them is a name that modules declare for themselves.
 */
const GLOBALS_OF_LOOPS = [
  ...['Math', 'Number', 'Object', 'Array', 'Infinity', 'Float32Array', 'Float64Array'],
  ...['Int8Array', 'Int16Array', 'Int32Array', 'Uint8Array', 'Uint16Array', 'Uint32Array'],
];

const shared = {
  sandboxInjectedGlobals: GLOBALS_OF_LOOPS,
  transform: {
    '^.+\\.[cm]?tsx?$': toCommonJs('typescript'),
    [`/node_modules/(${ES_MODULES})/.+\\.js$`]: toCommonJs('ecmascript'),
  },
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES})/)`],
  moduleFileExtensions: ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'node'],
  testEnvironment: 'node',
  testEnvironmentOptions: {
    // What is in `.mjs` alone, as d3 is, jest loads by no transform: `umd` leads to d3's other builds.
    customExportConditions: ['latentkit-source', 'umd', 'node', 'require', 'default'],
  },
  modulePathIgnorePatterns: ['/dist/'],
  setupFilesAfterEnv: process.env.CI ? ['<rootDir>/test/setup/second-try.ts'] : [],
};

const project = (displayName, roots) => ({
  ...shared,
  rootDir: import.meta.dirname,
  displayName,
  roots: roots.map((root) => `<rootDir>/${root}`),
  testMatch: ['**/*.test.ts'],
});

export default {
  testTimeout: 60_000,
  maxWorkers: 2,
  testSequencer: '<rootDir>/scripts/jest-sequencer.cjs',
  reporters: ['default', '<rootDir>/scripts/jest-totals-reporter.cjs'],
  projects: [
    project('core', ['packages/core/src']),
    project('system', ['packages/system/src']),
    project('data', ['packages/data/src']),
    project('node', ['packages/node/src']),
    project('web', ['packages/web/src']),
    project('onnx', ['packages/onnx/src']),
    project('tfjs-to-onnx', ['packages/tfjs-to-onnx/src']),
    project('training', ['training/src']),
    project('check', ['packages/check/src']),
    project('oip', ['packages/oip/src']),
    project('serve', ['packages/serve/src']),
    project('queue', ['packages/queue/src']),
    project('stores', ['packages/stores/src']),
    project('explorer', ['packages/explorer/src', 'examples/explorer/src']),
    project('cli', ['packages/cli/src']),
    project('test', ['test']),
  ],
};
