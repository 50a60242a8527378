import { onAbort } from '@latentkit/core/runtime';
import type { ServeOptions } from '@latentkit/serve';
import type { Command } from 'commander';
import { offerValues } from '../completion/offered-values.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { needFiles } from '../model/model-address.ts';
import { DEVICES, deviceOf } from '../model/model-options.ts';
import { loadServer } from '../optional/load-server.ts';
import { parseInteger, parseNumber } from '../options.ts';

const EXAMPLES = `
Examples:
  latentkit serve models/mine                       at http://localhost:8000, to this machine alone
  latentkit serve models --host 0.0.0.0 --port 80   every model in a folder, to the network
  latentkit serve models/mine --max-batch 128 --max-delay 5 --workers 4
  latentkit serve models/mine --cors https://example.org

Speaks the Open Inference Protocol, version 2, with binary tensors; each graph is a model of the protocol:
mine-encoder, mine-decoder. loadAutoencoder('oip+http://localhost:8000/mine') uses them from Node and pages.
Requests that arrive together are run as one batch; those beyond --max-queue are answered 503 with Retry-After.
Metrics for Prometheus are at /metrics. SIGTERM or Ctrl-C: what was accepted is answered, and the exit code is 0.
Needs the package @latentkit/serve: npm install @latentkit/serve`;

interface ServeFlags
  extends Pick<ServeOptions, 'port' | 'host' | 'maxBatch' | 'maxQueue' | 'workers' | 'threads'> {
  readonly device?: string;
  readonly dtype?: NonNullable<ServeOptions['dtype']>;
  readonly maxDelay?: number;
  readonly maxBody?: number;
  readonly cors?: readonly string[];
  readonly log?: boolean;
  readonly json?: boolean;
}

export function addServe(program: Command, io: Io): void {
  const command = program
    .command('serve')
    .summary('serve models over HTTP, with dynamic batching')
    .description('Serve models over HTTP by the Open Inference Protocol, as Triton and KServe do.')
    .argument('<models...>', "folders that 'latentkit export' wrote, or folders of such folders")
    .option('--port <n>', '0 for any that is free (default: 8000)', parseInteger)
    .option('--host <address>', 'where to listen; 0.0.0.0 for everywhere (default: 127.0.0.1)')
    .option('--device <name,…>', 'where to run: auto, cpu, cuda, webgpu, … (default: auto)')
    .option('--dtype <precision>', 'fp32, fp16 or int8, where the cards offer it (default: fp32)')
    .option('--workers <n>', 'threads that run batches, for each model (default: 2)', parseInteger)
    .option('--threads <n>', 'threads within one operator', parseInteger)
    .option('--max-batch <n>', 'rows of a batch, and of a request (default: 64)', parseInteger)
    .option(
      '--max-delay <ms>',
      'how long a batch waits for further requests (default: 1)',
      parseNumber,
    )
    .option(
      '--max-queue <n>',
      'requests of a graph that may wait; 503 to others (default: 256)',
      parseInteger,
    )
    .option('--max-body <bytes>', 'bytes of a request (default: 67108864)', parseInteger)
    .option('--cors <origin...>', "origins whose pages may ask, or '*' for all (default: none)")
    .option('--log', 'a line of JSON for each inference request, to standard error')
    .option('--json', 'print address and models as JSON')
    .addHelpText('after', EXAMPLES)
    .action((models: string[], flags: ServeFlags) =>
      interruptible(io, 'Closing when what was accepted is answered.', (signal) =>
        serveUntilStopped(models, flags, signal, io),
      ),
    );
  offerValues(command, { '--device': DEVICES, '--dtype': ['fp32', 'fp16', 'int8'] });
}

async function serveUntilStopped(
  models: readonly string[],
  { device, maxDelay, maxBody, log, json, ...flags }: ServeFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  needFiles(...models);
  const { serve } = await loadServer();
  const starting = serve({
    ...flags,
    ...{ models, device: deviceOf(device), maxDelayMs: maxDelay, maxBodyBytes: maxBody, signal },
    onAnswer: log ? (answer) => io.err(JSON.stringify(answer)) : undefined,
    onError: (error) => io.err(`error: ${error.message}`),
  });
  // Who stops it before it serves has what was asked for: nothing was accepted that could go unanswered.
  const served = await starting.catch((error) => {
    if (!signal.aborted) throw error;
  });
  if (!served) return;
  try {
    const { url, models: names } = served;
    if (json) {
      io.out(JSON.stringify({ url, models: names }, null, 2));
    } else {
      for (const { name, device: where } of names) {
        io.out(`oip+${url}/${name}  (${where})`);
      }
    }
    io.err('Ctrl-C ends it, when what was accepted is answered.');
    await new Promise<void>((stopped) => {
      onAbort(signal, stopped);
      if (signal.aborted) stopped();
    });
  } finally {
    await served.close();
  }
}
