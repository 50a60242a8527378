import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { onAbort } from '@latentkit/core/runtime';
import type { Command } from 'commander';
import { checkPort } from '../explorer/check-port.ts';
import { explorerItems } from '../explorer/explorer-items.ts';
import { displayPath, formatCount, formatDuration } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { tellLabelsUnused } from '../model/labels-unused.ts';
import {
  addModelOptions,
  MODEL_FOLDER,
  type ModelFlags,
  needModel,
  openModel,
} from '../model/model-options.ts';
import { loadExplorer } from '../optional/load-explorer.ts';
import { parseFolder, parseInteger } from '../options.ts';
import { explorerProgress } from '../progress/explorer-progress.ts';
import { tellBad } from '../tell-bad.ts';

const EXAMPLES = `
Examples:
  latentkit explore models/mine --data ./photos                open http://localhost:… and walk
  latentkit explore models/mnist-vae --data mnist --items 5000
  latentkit explore models/mine --data ./photos --out site     write a static site for any host
  latentkit explore models/mine --data ./photos --out site --port 8080   and serve it too

The page shows the pictures where the model puts them, and decodes what lies between them. It needs no server of
ours and fetches nothing from elsewhere. Without --out it is served, to this machine alone, until Ctrl-C.
Needs the package @latentkit/explorer: npm install @latentkit/explorer`;

interface ExploreFlags extends ModelFlags {
  readonly data?: string;
  readonly dataDir?: string;
  readonly out?: string;
  readonly items?: number;
  readonly seed: number;
  readonly webgpu?: boolean;
  readonly port?: number;
  readonly json?: boolean;
}

export function addExplore(program: Command, io: Io): void {
  const command = program
    .command('explore')
    .summary('see a latent space, and walk in it')
    .description('Show a latent space on a page: where pictures lie, and what lies between them.')
    .argument('<model>', MODEL_FOLDER)
    .option('--data <path>', 'pictures, or strokes or mnist (default: what the card names)')
    .option('--data-dir <folder>', 'where the data are')
    .option(
      '-o, --out <folder>',
      'write the site there, and do not serve it unless --port is given',
      parseFolder,
    )
    .option('--items <n>', 'at most so many items (default: all)', parseInteger)
    .option('--seed <n>', 'seed of the projection', parseInteger, 1)
    .option('--webgpu', 'let the page use WebGPU too: 27 MB more')
    .option('--port <n>', 'serve at this port; 0 for any (default: any)', parseInteger);
  addModelOptions(command)
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', EXAMPLES)
    .action((model: string, flags: ExploreFlags) =>
      interruptible(io, 'Stopping the explorer.', (signal) => explore(model, flags, signal, io)),
    );
}

async function explore(
  path: string,
  flags: ExploreFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  if (flags.items !== undefined && flags.items < 1) {
    throw new ArgumentError('--items', 'an integer of at least 1', flags.items);
  }
  const { serveSite } = await loadExplorer();
  await needModel(path, signal);
  // A site takes minutes: what could not be served is refused before.
  if (flags.port !== undefined) await checkPort(flags.port);
  if (flags.out !== undefined) {
    await writeSite(path, flags.out, flags, signal, io);
    if (flags.port === undefined) return;
    await serveUntilStopped(flags.out, flags.port);
    return;
  }
  const scratch = await mkdtemp(join(tmpdir(), 'latentkit-explore-'));
  try {
    const site = join(scratch, 'site');
    await writeSite(path, site, flags, signal, io);
    await serveUntilStopped(site, flags.port);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }

  async function serveUntilStopped(folder: string, port: number | undefined) {
    const server = await serveSite(resolve(folder), { port });
    try {
      io.out(`Open ${server.url}`);
      io.err('Ctrl-C ends it.');
      await new Promise<void>((stopped) => {
        onAbort(signal, stopped);
        if (signal.aborted) stopped();
      });
    } finally {
      await server.close();
    }
  }
}

async function writeSite(
  path: string,
  out: string,
  { data, dataDir, items: limit, seed, condition, webgpu, json, ...flags }: ExploreFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const { writeExplorerSite } = await loadExplorer();
  const model = await openModel(path, flags, signal);
  const progress = explorerProgress(io);
  const bad: { readonly id: string; readonly reason: string }[] = [];
  try {
    const onBad = (fault: (typeof bad)[number]) => void bad.push(fault);
    const items = await explorerItems(model.card, { data, dataDir, limit, onBad }, signal, io);
    tellLabelsUnused(condition, model.card, items.labelNames, io);
    const report = await writeExplorerSite(model, items, {
      ...{ out, seed, condition, webgpu, signal, modelFolder: path },
      onProgress: progress.show,
    });
    progress.clear();
    const { info, bytes, seconds } = report;
    const megabytes = (value: number) => `${(value / 1e6).toFixed(1)} MB`;
    io.out(
      json
        ? JSON.stringify({ out, count: info.count, bytes, seconds, bad }, null, 2)
        : `${flags.out === undefined ? 'The site' : displayPath(resolve(out))}: ${formatCount(info.count)} pictures of ${items.name}, ${megabytes(bytes.site)} beside model and ONNX Runtime (${megabytes(bytes.beside)}), in ${formatDuration(seconds)}`,
    );
    if (!json) tellBad(bad, io);
  } finally {
    progress.clear();
    await model.dispose();
  }
}
