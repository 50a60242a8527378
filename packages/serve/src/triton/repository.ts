import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { GraphName } from '@latentkit/core';
import { checkInteger, checkOptions, checkText, throwIfAborted } from '@latentkit/core/runtime';
import { loadGraphs } from '@latentkit/node';
import { servedName } from '@latentkit/oip';
import { checkReplaceable, makeFolder, stageFolder } from '@latentkit/system';
import { modelConfig } from '../models/model-config.ts';
import { type Models, namedModels } from '../models/model-names.ts';
import { VERSION } from '../models/served-graph.ts';
import { checkDelay } from '../options.ts';
import { toPbtxt } from './pbtxt.ts';

export interface TritonOptions {
  /** As `serve` takes them. */
  readonly models: Models;
  /** The repository; models that are in it already stay, but for earlier ones of the same names. */
  readonly out: string;
  /** The most rows of a batch; 64 by default. */
  readonly maxBatch?: number | undefined;
  /** How long a batch waits for further requests, in milliseconds; 1 by default. */
  readonly maxDelayMs?: number | undefined;
  /** Requests of a graph that may wait, at least 1; 256 by default. */
  readonly maxQueue?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const CONFIG = 'config.pbtxt';

const MODEL = { what: 'model of the repository', earlier: 'an earlier one', mark: CONFIG };

/**
 * Writes models into a model repository of Triton's, a folder for each graph with its `config.pbtxt` and version 1:
 * what `serve` would serve, under the same names. Each folder is written whole or not at all.
 *
 * @returns the names of the folders
 * @throws ArgumentError for a folder that holds anything else; LatentkitError `not-found`, `unwritable`; CardError,
 *   IntegrityError, AbortedError
 */
export async function writeTritonRepository(options: TritonOptions): Promise<readonly string[]> {
  checkOptions(options, "{ models: 'models', out: 'repository' }");
  const { maxBatch = 64, maxDelayMs = 1, maxQueue = 256, signal } = options;
  checkText('out', options.out, 'the path of a repository');
  checkInteger('maxBatch', maxBatch, 1, 2 ** 20);
  checkDelay(maxDelayMs);
  checkInteger('maxQueue', maxQueue, 1);
  throwIfAborted(signal, 'Writing a repository');
  const out = resolve(options.out);
  const written: string[] = [];
  for (const [model, source] of await namedModels(options.models)) {
    const { card, graphs } = await loadGraphs(source, { signal });
    await makeFolder(out);
    for (const [graph, bytes] of Object.entries(graphs)) {
      const described = card.graphs[graph as GraphName];
      if (!described) continue;
      const name = servedName(model, graph as GraphName);
      const config = modelConfig(name, card, described, { maxBatch, maxDelayMs, maxQueue });
      await checkReplaceable(join(out, name), MODEL);
      await stageFolder(join(out, name), async (staging) => {
        await writeFile(join(staging, CONFIG), toPbtxt(config));
        await mkdir(join(staging, VERSION));
        await writeFile(join(staging, VERSION, 'model.onnx'), bytes);
      });
      written.push(name);
    }
  }
  return written;
}
