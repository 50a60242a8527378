import type { Autoencoder, Encoder, LoadOptions } from '@latentkit/node';
import { isServed } from '@latentkit/system';
import type { Command } from 'commander';
import { offerValues } from '../completion/offered-values.ts';

/** How a verb loads its model; the same for all of them. */
export interface ModelFlags {
  readonly device?: string;
  readonly condition?: string;
}

/** For verbs that write to the model's card. */
export const MODEL_FOLDER = "a folder that 'latentkit export' wrote";
export const MODEL = "a folder that 'latentkit export' wrote, or its URL";

/** What `--device` offers. */
export const DEVICES = ['auto', 'cpu', 'cuda', 'tensorrt', 'webgpu', 'directml', 'coreml'];

/** Adds the options of {@link ModelFlags} to a verb. */
export function addModelOptions(command: Command): Command {
  command
    .option('--device <name,…>', 'where to run: auto, cpu, cuda, webgpu, … (default: auto)')
    .option('--condition <label>', 'the label of all items, for a conditional model');
  return offerValues(command, { '--device': DEVICES });
}

/** Loads a whole model for a verb: on threads of its own, so that progress is shown meanwhile. */
export async function openModel(
  model: string,
  flags: ModelFlags,
  signal: AbortSignal,
): Promise<Autoencoder> {
  const { loadAutoencoder } = await import('@latentkit/node');
  return loadAutoencoder(model, loadOptions(model, flags, signal));
}

/** The same for the encoder alone. */
export async function openEncoder(
  model: string,
  flags: ModelFlags,
  signal: AbortSignal,
): Promise<Encoder> {
  const { loadEncoder } = await import('@latentkit/node');
  return loadEncoder(model, loadOptions(model, flags, signal));
}

/** Finds that there is a model, before what takes long, or what it is not needed for, is looked at. */
export async function needModel(model: string, signal: AbortSignal): Promise<void> {
  const { loadCard } = await import('@latentkit/node');
  await loadCard(model, { signal });
}

function loadOptions(model: string, { device }: ModelFlags, signal: AbortSignal): LoadOptions {
  const given = { signal, device: deviceOf(device) };
  // A server decides where its models run: an option that nobody typed is not to be refused.
  return isServed(model) ? given : { ...given, execution: 'worker' };
}

/** What `--device` says: a device, or several in order. */
export function deviceOf(device: string | undefined): LoadOptions['device'] {
  const names = device?.split(',');
  // A list of one would not be 'auto', which is no device. The library checks the names.
  return (names?.length === 1 ? device : names) as LoadOptions['device'];
}
