import { Autoencoder } from './autoencoder.ts';
import { type FileCard, type ModelCard, type Precision, parseCard } from './card.ts';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import {
  type AbortSignalLike,
  ArgumentError,
  CardError,
  IntegrityError,
  throwIfAborted,
} from './errors.ts';
import type { LatentKind } from './latent.ts';
import type { LoadProgress, ModelSource, OpenedGraphs, Platform } from './platform.ts';
import { Session } from './session.ts';

/** Options of loading that do not depend on the runtime. */
export interface LoadOptions {
  /** Precision of the weights, where the card offers it; `'fp32'` by default. */
  readonly dtype?: Precision | undefined;
  readonly signal?: AbortSignalLike | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

type GraphName = keyof ModelCard['graphs'];

const CARD_FILE = 'model.json';

/** Reads and validates the card of a model. */
export async function loadCard(
  source: ModelSource,
  options: Pick<LoadOptions, 'signal'> = {},
): Promise<ModelCard> {
  const bytes = await source.read(CARD_FILE, { signal: options.signal });
  return parseCard(new TextDecoder().decode(bytes), `${source.description}: ${CARD_FILE}`);
}

/**
 * Loads a whole model: reads its card, then both graphs, checks their bytes against the card, and
 * opens them on one device.
 *
 * @throws CardError, IntegrityError, DeviceError, AbortedError, LatentkitError `not-found`/`network`
 */
export async function loadAutoencoder<K extends LatentKind = LatentKind>(
  platform: Platform,
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Autoencoder<K>> {
  const { card, opened } = await openGraphs(platform, source, ['encoder', 'decoder'], options);
  return new Autoencoder(
    new Encoder<K>(card, session(opened, 'encoder')),
    new Decoder(card, session(opened, 'decoder')),
    { name: session(opened, 'encoder').runner.device, attempts: opened.attempts },
  );
}

/** Loads the encoder alone; see {@link loadAutoencoder}. */
export async function loadEncoder<K extends LatentKind = LatentKind>(
  platform: Platform,
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Encoder<K>> {
  const { card, opened } = await openGraphs(platform, source, ['encoder'], options);
  return new Encoder<K>(card, session(opened, 'encoder'));
}

/** Loads the decoder alone; see {@link loadAutoencoder}. */
export async function loadDecoder(
  platform: Platform,
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Decoder> {
  const { card, opened } = await openGraphs(platform, source, ['decoder'], options);
  return new Decoder(card, session(opened, 'decoder'));
}

function session(opened: OpenedGraphs, name: GraphName): Session {
  const runner = opened.runners[name];
  if (!runner) throw new Error(`the platform opened no ${name}`);
  return new Session(name, runner);
}

async function openGraphs(
  platform: Platform,
  source: ModelSource,
  names: readonly GraphName[],
  options: LoadOptions,
): Promise<{ card: ModelCard; opened: OpenedGraphs }> {
  const { signal } = options;
  throwIfAborted(signal, 'Loading');
  const card = await loadCard(source, options);
  const graphs = Object.fromEntries(
    await Promise.all(
      names.map(async (name) => {
        const file = fileOf(card, name, options.dtype ?? 'fp32');
        return [name, await readVerified(platform, source, file, options)] as const;
      }),
    ),
  );
  throwIfAborted(signal, 'Loading');
  const opened = await platform.open(graphs, signal);
  try {
    throwIfAborted(signal, 'Loading');
    for (const name of names) checkInterface(card, name, opened);
  } catch (error) {
    await Promise.all(Object.values(opened.runners).map((runner) => runner.dispose()));
    throw error;
  }
  return { card, opened };
}

function fileOf(card: ModelCard, name: GraphName, precision: Precision): FileCard {
  const { files } = card.graphs[name];
  const file = files[precision];
  if (!file) {
    const offered = Object.keys(files).map((key) => `'${key}'`);
    throw new ArgumentError(
      'dtype',
      `one that the card offers for the ${name} (${offered.join(', ')})`,
      precision,
    );
  }
  return file;
}

async function readVerified(
  platform: Platform,
  source: ModelSource,
  expected: FileCard,
  { signal, onProgress }: LoadOptions,
): Promise<Uint8Array> {
  const bytes = await source.read(expected.file, { signal, expected, onProgress });
  if (bytes.byteLength !== expected.bytes) {
    throw new IntegrityError(expected.file, `${expected.bytes} bytes`, `${bytes.byteLength} bytes`);
  }
  const digest = await platform.sha256(bytes);
  if (digest !== expected.sha256) {
    throw new IntegrityError(expected.file, `sha256 ${expected.sha256}`, `sha256 ${digest}`);
  }
  return bytes;
}

/** The graph's own inputs and outputs must be those that the card names. */
function checkInterface(card: ModelCard, name: GraphName, { runners }: OpenedGraphs): void {
  const runner = runners[name];
  const promised = card.graphs[name];
  for (const side of ['inputs', 'outputs'] as const) {
    const found = runner?.[side].map((info) => info.name) ?? [];
    const missing = promised[side]
      .filter((info) => !found.includes(info.name))
      .map((info) => info.name);
    if (missing.length > 0) {
      throw new CardError(
        'invalid-card',
        `The ${name} graph lacks the ${side} ${missing.join(', ')} that its card names; it has ${found.join(', ')}. Export the model again.`,
        missing.map((role) => `graphs.${name}.${side}.${role}: missing in the graph`),
      );
    }
  }
}
