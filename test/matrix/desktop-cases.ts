import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { ConsumerProject } from '../consumers/consumer-project.ts';
import { PAGE_APP, pageOf } from '../consumers/page-app.ts';
import { tinyItems } from '../fixtures/tiny-model.ts';
import { type MatrixCase, Unavailable, type Workshop } from './case.ts';
import { vectorFault } from './framework-cases.ts';
import { expectPage } from './page-cases.ts';
import { TOOLS, toolVersions } from './tools.ts';

const GROUP = 'Desktop programs';

/** The program's main process: it owns the models, and answers what windows ask. */
const MAIN = `
const { loadEncoder } = require('@latentkit/node');
process.on('message', async () => {
  const all = [];
  for (const execution of ['inline', 'worker']) {
    const encoder = await loadEncoder(process.env.MODEL, { execution, device: 'cpu' });
    const { data } = await encoder.embed(Float32Array.from(${JSON.stringify([...tinyItems(2)])}));
    await encoder.dispose();
    all.push([...data]);
  }
  process.send(all, () => process.disconnect());
});
`;

/** The bridge: it loads nothing of Node, as a sandboxed one cannot. */
const PRELOAD = `
const { contextBridge, ipcRenderer } = require('electron');
contextBridge.exposeInMainWorld('latentkit', { embed: () => ipcRenderer.invoke('embed') });
`;

const BUILD = `
import { build } from 'esbuild';
const cjs = { bundle: true, format: 'cjs', platform: 'node', external: ['electron'], logLevel: 'error' };
await build({ ...cjs, entryPoints: ['main.js'], outfile: 'app/main.cjs' });
await build({ ...cjs, entryPoints: ['preload.js'], outfile: 'app/preload.cjs' });
await build({
  ...{ entryPoints: ['src/app.js'], outdir: 'app/renderer', bundle: true, splitting: true, format: 'esm' },
  ...{ entryNames: '[name]', outExtension: { '.js': '.mjs' }, logLevel: 'error' },
});
`;

/** Native code and what loads it, which no archive can hold. */
const UNPACKED = ['@latentkit', 'onnxruntime-node', 'onnxruntime-common'];

async function desktopProject(workshop: Workshop): Promise<ConsumerProject> {
  const project = await workshop.project('desktop', ['core', 'node', 'web'], {
    dependencies: toolVersions('esbuild', '@electron/asar'),
  });
  await project.write('main.js', MAIN);
  await project.write('preload.js', PRELOAD);
  await project.write('src/app.js', PAGE_APP);
  await project.write('build.mjs', BUILD);
  await project.node('build.mjs');
  for (const file of ['worker.mjs', 'ort-wasm-simd-threaded.wasm']) {
    await project.copy(`node_modules/@latentkit/web/dist/${file}`, `app/renderer/${file}`);
  }
  await project.write('app/renderer/index.html', pageOf('./app.mjs'));
  return project;
}

/** Asks the main process of an unpacked layout for vectors, as a window would. */
async function askMain(project: ConsumerProject): Promise<string> {
  const resources = join(project.folder, 'resources/app.asar.unpacked');
  await cp(join(project.folder, 'app'), resources, { recursive: true });
  for (const name of UNPACKED) {
    const modules = join('node_modules', name);
    await cp(join(project.folder, modules), join(resources, modules), { recursive: true });
  }
  const main = spawn(process.execPath, ['main.cjs'], {
    cwd: resources,
    env: { ...process.env, NODE_OPTIONS: '', MODEL: join(project.folder, 'model') },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let stderr = '';
  main.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const answer = once(main, 'message').then(([all]) => JSON.stringify(all));
  main.send('embed');
  const [code] = await once(main, 'close');
  if (code !== 0 || stderr !== '') throw new Error(`main ended with code ${code}: ${stderr}`);
  return answer;
}

const layout: MatrixCase = {
  name: 'main, preload, renderer',
  group: GROUP,
  does: 'main embeds by Node beside unpacked native code, preload hands a question on, the window embeds by itself in Chromium',
  tools: toolVersions('esbuild'),
  async run(workshop) {
    const project = await desktopProject(workshop);
    const bridge: Record<string, { embed(): Promise<string> }> = {};
    const electron = {
      contextBridge: {
        exposeInMainWorld: (name: string, api: { embed(): Promise<string> }) => {
          bridge[name] = api;
        },
      },
      ipcRenderer: { invoke: () => askMain(project) },
    };
    const asked: string[] = [];
    runInNewContext(await readFile(join(project.folder, 'app/preload.cjs'), 'utf8'), {
      module: {},
      require: (name: string) => {
        asked.push(name);
        return electron;
      },
    });
    if (String(asked) !== 'electron') throw new Error(`preload loads ${asked.join(', ')}`);
    const fault = vectorFault((await bridge['latentkit']?.embed()) ?? 'nothing');
    if (fault) throw new Error(fault);
    await expectPage(workshop, join(project.folder, 'app/renderer'));
  },
};

const archive: MatrixCase = {
  name: 'asar',
  group: GROUP,
  does: 'an archive with native code unpacked: its list names all, the folder beside it has every library',
  tools: toolVersions('@electron/asar'),
  async run(workshop) {
    const project = await desktopProject(workshop);
    await mkdir(join(project.folder, 'packed/node_modules'), { recursive: true });
    await cp(join(project.folder, 'app'), join(project.folder, 'packed'), { recursive: true });
    for (const name of UNPACKED) {
      const modules = join('node_modules', name);
      await cp(join(project.folder, modules), join(project.folder, 'packed', modules), {
        recursive: true,
      });
    }
    const asar = 'node_modules/@electron/asar/bin/asar.js';
    const unpack = `node_modules/{${UNPACKED.join(',')}}/**`;
    await project.node(asar, 'pack', 'packed', 'app.asar', '--unpack-dir', unpack);
    const { stdout } = await project.node(asar, 'list', 'app.asar');
    const missing = ['main.cjs', 'preload.cjs', 'renderer/app.mjs'].filter(
      (name) => !stdout.split('\n').includes(`/${name}`),
    );
    if (missing.length > 0) throw new Error(`the archive has no ${missing.join(', ')}:\n${stdout}`);
    const beside = join(project.folder, 'app.asar.unpacked/node_modules/onnxruntime-node/bin');
    const files = await readdir(beside, { recursive: true });
    if (!files.some((name) => name.endsWith('.node'))) {
      throw new Error(`no native library lies beside the archive: ${files.join(', ')}`);
    }
  },
};

const electron: MatrixCase = {
  name: 'Electron itself',
  group: GROUP,
  does: 'embeds in the main process of Electron',
  tools: toolVersions('electron'),
  async run(workshop) {
    const project = await desktopProject(workshop);
    const binary = await electronBinary(project);
    await project.write(
      'electron.cjs',
      `const { app } = require('electron');
process.env.MODEL = 'model';
process.send = (all, done) => { console.log(JSON.stringify(all)); done(); };
process.disconnect = () => app.exit(0);
require('./app/main.cjs');
app.whenReady().then(() => process.emit('message'));`,
    );
    const { stdout } = await project.exec(binary, ['--no-sandbox', 'electron.cjs']);
    const fault = vectorFault(stdout);
    if (fault) throw new Error(fault);
  },
};

/** Electron's package fetches its binary when it is installed, or first asked for. */
async function electronBinary(project: ConsumerProject): Promise<string> {
  const spec = `electron@${TOOLS.electron}`;
  const flags = ['--no-save', '--ignore-scripts=false', '--no-audit', '--no-fund'];
  try {
    await project.exec('npm', ['install', ...flags, spec], { ONNXRUNTIME_NODE_INSTALL: 'skip' });
    return (await project.node('-p', "require('electron')")).stdout.trim();
  } catch (error) {
    const { message } = error as Error;
    if (!/fetch failed|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN/.test(message)) throw error;
    throw new Unavailable(`no route to github.com, from which ${spec} fetches its binary`);
  }
}

export const desktopCases = [layout, archive, electron];
