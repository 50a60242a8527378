import type { Command } from 'commander';
import { describeModel } from '../describe-model.ts';
import { EXIT } from '../exit-codes.ts';
import { Exit } from '../failure.ts';
import type { Io } from '../io.ts';
import { checkFiles, readCard } from '../model-files.ts';

const EXAMPLES = `
Examples:
  latentkit info models/mnist-vae
  latentkit info models/mnist-vae --json | jq '.card.metrics'

Every file that the card names is compared with the length and SHA-256 in the card. The exit code is
1 if one is missing or altered.`;

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
  io.out(json ? JSON.stringify({ card, files }, null, 2) : describeModel(card, files));
  const faulty = files.filter(({ ok }) => !ok);
  if (faulty.length === 0) return;
  for (const { file, fault } of faulty) io.err(`error: ${file}: ${fault}`);
  io.err('Copy the model again from where it came, or export it again.');
  throw new Exit(EXIT.failure);
}
