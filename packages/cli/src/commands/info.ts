import type { DeviceReport, ModelCard } from '@latentkit/core';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { Exit } from '../failure.ts';
import type { Io } from '../io.ts';
import { describeModel } from '../model/describe-model.ts';
import { checkFiles, readCard } from '../model/model-files.ts';

const EXAMPLES = `
Examples:
  latentkit info models/mnist-vae
  latentkit info models/mnist-vae --json | jq '.card.metrics'

Every file that the card names is compared with the length and SHA-256 in the card, and the model is
loaded to see which device runs it here. The exit code is 1 if a file is missing or altered.`;

export function addInfo(program: Command, io: Io): void {
  program
    .command('info')
    .summary('say what a model is, and whether its files are whole')
    .description('Say what a model is: latent, likelihood, graphs, metrics. Check its files.')
    .argument('<model>', "a folder that 'latentkit export' wrote")
    .option('--json', 'print the card and the state of each file as JSON')
    .addHelpText('after', EXAMPLES)
    .action((model: string, options: { json?: boolean }) => info(model, options, io));
}

async function info(model: string, { json = false }: { json?: boolean }, io: Io): Promise<void> {
  const card = await readCard(model);
  const files = await checkFiles(model, card);
  const faulty = files.filter(({ ok }) => !ok);
  const device = faulty.length === 0 ? await deviceOf(model, card) : undefined;
  io.out(
    json ? JSON.stringify({ card, files, device }, null, 2) : describeModel(card, files, device),
  );
  if (faulty.length === 0) return;
  for (const { file, fault } of faulty) io.err(`error: ${file}: ${fault}`);
  io.err('Copy the model again from where it came, or export it again.');
  throw new Exit(EXIT.failure);
}

/** Where the model runs on this machine. */
async function deviceOf(model: string, { graphs }: ModelCard): Promise<DeviceReport> {
  const { loadAutoencoder, loadEncoder } = await import('@latentkit/node');
  if (!graphs.decoder) {
    await using encoder = await loadEncoder(model);
    const { device } = encoder;
    return { name: device, attempts: [{ device, ok: true, reason: 'opened' }] };
  }
  const loaded = await loadAutoencoder(model);
  await loaded.dispose();
  return loaded.device;
}
