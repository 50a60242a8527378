import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PAGE_RUN, pageFault } from '../consumers/page-app.ts';
import { tinyItems, tinyMeans } from '../fixtures/tiny-model.ts';
import { expectNone, type MatrixCase } from './case.ts';
import { expectPage } from './page-cases.ts';
import { toolVersions } from './tools.ts';

const GROUP = 'Frameworks';
const PACKAGES = join(import.meta.dirname, '../../packages');

const NEXT_FILES: Readonly<Record<string, string>> = {
  'next.config.mjs': `
import documented from './documented.config.mjs';
const isolation = [
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Embedder-Policy', value: 'require-corp' },
];
export default {
  ...documented,
  outputFileTracingRoot: import.meta.dirname,
  headers: async () => [{ source: '/:path*', headers: isolation }],
};
`,
  'app/layout.jsx': `
export default function Layout({ children }) {
  return <html lang="en"><head><link rel="icon" href="data:," /></head><body>{children}</body></html>;
}
`,
  'app/page.jsx': `
import { Embedder } from './embedder.jsx';
export default function Page() {
  return <Embedder />;
}
`,
  'app/embedder.jsx': `
'use client';
import { useEffect } from 'react';
import { loadAutoencoder } from '@latentkit/web';
async function run() {
${PAGE_RUN}
}
export function Embedder() {
  useEffect(() => void run(), []);
  return <p>latentkit</p>;
}
`,
  'app/api/embed/route.js': `
import { loadEncoder } from '@latentkit/node';
export const dynamic = 'force-dynamic';
export async function GET() {
  const all = [];
  for (const execution of ['inline', 'worker']) {
    const encoder = await loadEncoder('model', { execution, device: 'cpu' });
    const { data } = await encoder.embed(Float32Array.from(${JSON.stringify([...tinyItems(2)])}));
    await encoder.dispose();
    all.push([...data]);
  }
  return Response.json(all);
}
`,
};

/** What the README of the package for Node says. */
async function documentedConfig(): Promise<string> {
  const readme = await readFile(join(PACKAGES, 'node/README.md'), 'utf8');
  const [, config] = /```js\n\/\/ next\.config\.mjs\n(.*?)```/s.exec(readme) ?? [];
  if (config === undefined) throw new Error('The README has no configuration of Next.js.');
  return config;
}

const next: MatrixCase = {
  name: 'Next.js',
  group: GROUP,
  does: 'a client component embeds in Chromium (inline, worker, threads), a route of the standalone server by Node',
  tools: toolVersions('next', 'react'),
  async run(workshop) {
    const project = await workshop.project('next', ['core', 'node', 'web'], {
      dependencies: toolVersions('next', 'react', 'react-dom'),
    });
    for (const [name, text] of Object.entries(NEXT_FILES)) await project.write(name, text);
    await project.write('documented.config.mjs', await documentedConfig());
    const env = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' as const };
    await project.exec(process.execPath, ['node_modules/next/dist/bin/next', 'build'], env);
    const standalone = join(project.folder, '.next/standalone');
    for (const part of ['.next/static', 'public']) {
      await cp(join(project.folder, part), join(standalone, part), { recursive: true });
    }
    const port = await freePort();
    const server = spawn(process.execPath, ['server.js'], {
      cwd: standalone,
      env: { ...process.env, ...env, PORT: String(port), HOSTNAME: '127.0.0.1' },
    });
    let stderr = '';
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    try {
      const ended = once(server, 'exit').then(([code]) => {
        throw new Error(`the server ended with code ${code}: ${stderr}`);
      });
      const origin = `http://127.0.0.1:${port}`;
      await Promise.race([answers(origin), ended]);
      expectNone(vectorFault(await (await fetch(`${origin}/api/embed`)).text()));
      expectNone(await pageFault(await workshop.browser(), origin));
      if (stderr !== '') throw new Error(`The server wrote to stderr: ${stderr}`);
    } finally {
      server.kill();
    }
  },
};

/** What is wrong with the vectors that a route answered, inline and from worker threads. */
export function vectorFault(answer: string): string | undefined {
  const means = tinyMeans(tinyItems(2));
  try {
    const all = JSON.parse(answer) as number[][];
    const right = all.map((z) => means.every((value, i) => Math.abs(value - z[i]!) < 1e-5));
    if (right.length === 2 && right.every(Boolean)) return undefined;
  } catch {
    // Told below.
  }
  return `The route answered: ${answer}`;
}

async function answers(url: string): Promise<void> {
  for (let trial = 0; trial < 300; trial++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} did not answer within 30 s`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

const SVELTE_FILES: Readonly<Record<string, string>> = {
  'svelte.config.js': `
import adapter from '@sveltejs/adapter-static';
export default { kit: { adapter: adapter() } };
`,
  'vite.config.js': `
import { sveltekit } from '@sveltejs/kit/vite';
export default { plugins: [sveltekit()], logLevel: 'warn' };
`,
  'src/app.html': `<!doctype html>
<html lang="en"><head><link rel="icon" href="data:,">%sveltekit.head%</head><body>%sveltekit.body%</body></html>
`,
  'src/routes/+page.js': 'export const prerender = true;\n',
  'src/routes/+page.svelte': `
<script>
  import { onMount } from 'svelte';
  import { loadAutoencoder } from '@latentkit/web';
  async function run() {
${PAGE_RUN}
  }
  onMount(() => void run());
</script>
<p>latentkit</p>
`,
};

const svelteKit: MatrixCase = {
  name: 'SvelteKit',
  group: GROUP,
  does: 'a prerendered page embeds in Chromium: inline, in a worker, in a worker with threads',
  tools: toolVersions('@sveltejs/kit', 'svelte', 'vite'),
  async run(workshop) {
    const project = await workshop.project('sveltekit', ['core', 'web'], {
      dependencies: toolVersions(
        '@sveltejs/adapter-static',
        '@sveltejs/kit',
        '@sveltejs/vite-plugin-svelte',
        'svelte',
        'vite',
      ),
    });
    for (const [name, text] of Object.entries(SVELTE_FILES)) await project.write(name, text);
    await project.write(
      'package.json',
      (await project.node('-p', "JSON.stringify({ ...require('./package.json'), type: 'module' })"))
        .stdout,
    );
    await project.exec(process.execPath, ['node_modules/vite/bin/vite.js', 'build']);
    await expectPage(workshop, join(project.folder, 'build'));
  },
};

export const frameworkCases = [next, svelteKit];
