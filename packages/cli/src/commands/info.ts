import type { DeviceReport, ModelCard } from '@latentkit/core';
import { isUrl } from '@latentkit/system';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { Exit } from '../failure.ts';
import type { Io } from '../io.ts';
import { describeModel } from '../model/describe-model.ts';
import { checkFiles, readCard } from '../model/model-files.ts';
import { MODEL } from '../model/model-options.ts';

const EXAMPLES = `
Examples:
  latentkit info models/mnist-vae
  latentkit info oip+http://localhost:8000/mine            a model that a server runs
  latentkit info models/mnist-vae --json | jq '.card.metrics'

Every file that the card names is compared with the length and SHA-256 in the card, and the model is
loaded to see which device runs it here. The exit code is 1 if a file is missing or altered. Of a model at a URL
the card is read from there; a server runs its models itself, and gives no files.`;

export function addInfo(program: Command, io: Io): void {
  program
    .command('info')
    .summary('say what a model is, and whether its files are whole')
    .description('Say what a model is: latent, likelihood, graphs, metrics. Check its files.')
    .argument('<model>', MODEL)
    .option('--json', 'print the card and the state of each file as JSON')
    .addHelpText('after', EXAMPLES)
    .action((model: string, options: { json?: boolean }) => info(model, options, io));
}

async function info(model: string, { json = false }: { json?: boolean }, io: Io): Promise<void> {
  // What is loaded from a URL is compared with the card on the way; a server has the files to itself.
  const card = isUrl(model) ? await cardAt(model) : await readCard(model);
  const files = isUrl(model) ? [] : await checkFiles(model, card);
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

async function cardAt(url: string): Promise<ModelCard> {
  const { loadCard } = await import('@latentkit/node');
  return loadCard(url);
}

/** Where the model runs. */
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
