import { createHash } from 'node:crypto';
import {
  type AbortSignalLike,
  type GraphBytes,
  type GraphRunner,
  type OpenedGraphs,
  openOnFirst,
  type Platform,
  throwIfAborted,
} from '@latentkit/core';
import { candidateDevices, type DeviceOption, remedyFor } from './devices.ts';
import { createRunner } from './ort-runner.ts';

export interface NodePlatformOptions {
  readonly device: DeviceOption;
  readonly strict: boolean;
}

/** Brings Node and onnxruntime-node under core's loading. */
export function nodePlatform({ device, strict }: NodePlatformOptions): Platform {
  return {
    sha256: async (bytes) => createHash('sha256').update(bytes).digest('hex'),
    async open(graphs: GraphBytes, signal: AbortSignalLike | undefined): Promise<OpenedGraphs> {
      const { opened, attempts } = await openOnFirst(
        candidateDevices(device),
        strict,
        (name) => openAll(graphs, name, signal),
        remedyFor,
      );
      return { runners: opened, attempts };
    },
  };
}

async function openAll(
  graphs: GraphBytes,
  device: string,
  signal: AbortSignalLike | undefined,
): Promise<Record<string, GraphRunner>> {
  const runners: Record<string, GraphRunner> = {};
  try {
    for (const [name, bytes] of Object.entries(graphs)) {
      throwIfAborted(signal, 'Loading');
      runners[name] = await createRunner(bytes, { device });
    }
    return runners;
  } catch (error) {
    await Promise.all(Object.values(runners).map((runner) => runner.dispose()));
    throw error;
  }
}
