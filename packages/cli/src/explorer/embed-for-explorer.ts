import { resolve } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import type { Fault } from '@latentkit/data';
import { displayPath, formatCount } from '../format.ts';
import type { Io } from '../io.ts';
import { tellLabelsUnused } from '../model/labels-unused.ts';
import { type ModelFlags, openModel } from '../model/model-options.ts';
import { loadExplorer } from '../optional/load-explorer.ts';
import { explorerProgress } from '../progress/explorer-progress.ts';
import { tellBad } from '../tell-bad.ts';

export interface ExplorerDataFlags extends ModelFlags {
  readonly out: string;
  readonly json?: boolean;
}

/**
 * Embeds one source into a folder of what the explorer shows.
 *
 * @throws ArgumentError for several sources; as `writeExplorerData`
 */
export async function embedForExplorer(
  path: string,
  sources: readonly string[],
  { out, json, ...flags }: ExplorerDataFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const [source] = sources;
  if (source === undefined || sources.length > 1) {
    throw new ArgumentError(
      'source',
      'one source for an explorer (the folder around several)',
      sources.join(', '),
    );
  }
  const { writeExplorerData } = await loadExplorer();
  const { labelledItems } = await import('@latentkit/data');
  const model = await openModel(path, flags, signal);
  const progress = explorerProgress(io);
  const bad: Fault[] = [];
  try {
    const onBad = (fault: Fault) => void bad.push(fault);
    const items = await labelledItems(source, model.card, { signal, onBad });
    const { condition } = flags;
    tellLabelsUnused(condition, model.card, items.labelNames, io);
    const info = await writeExplorerData(model, items, {
      ...{ out, condition, signal },
      onProgress: progress.show,
    });
    progress.clear();
    io.out(
      json
        ? JSON.stringify({ out, count: info.count, size: info.size, bad }, null, 2)
        : `${displayPath(resolve(out))}: ${formatCount(info.count)} rows of ${info.size} numbers, with map, neighbours and thumbnails`,
    );
    if (!json) tellBad(bad, io);
  } finally {
    progress.clear();
    await model.dispose();
  }
}
