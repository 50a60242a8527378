import type { FileCard, GraphCard, GraphName, ModelCard, Precision } from '../card/card.ts';
import { latentSpaceOf } from '../card/latent-space-of.ts';
import { parseCard, wholeCard } from '../card/parse-card.ts';
import { checkChoice, checkFlag, checkMethod, checkOptions } from '../errors/check.ts';
import { type AbortSignalLike, ArgumentError, throwIfAborted } from '../errors/index.ts';
import { readGolden } from '../golden/golden.ts';
import { LATENT_KINDS, type LatentKind } from '../latents/index.ts';
import { definitionOf } from '../latents/look-up.ts';
import { Autoencoder } from '../model/autoencoder.ts';
import { JOIN } from '../model/between-halves.ts';
import { CodePrior } from '../model/code-prior.ts';
import { Decoder } from '../model/decoder.ts';
import { Encoder } from '../model/encoder.ts';
import { onAbort } from '../run/abort.ts';
import { disposeAll } from '../run/named-tensors.ts';
import { Scheduler } from '../run/scheduler.ts';
import { Session } from '../run/session.ts';
import { checkInterface } from './check-interface.ts';
import type { LoadProgress, ModelSource, OpenedGraphs, Platform } from './platform.ts';
import { readVerified } from './read-verified.ts';
import { checkSelfContained } from './self-contained.ts';
import { planSelfTest, type SelfTestPlan } from './self-test.ts';

/** Options of loading that do not depend on the runtime. */
export interface LoadOptions {
  /** The kind of latent that the program is written for: another is refused, and the types know it. */
  readonly latent?: LatentKind | undefined;
  /** Precision of the weights, where the card offers it; `'fp32'` by default. */
  readonly dtype?: Precision | undefined;
  /**
   * Whether golden rows (50 kB at most, of a file that is read whole) are run on a device before it is trusted: by
   * default on accelerators, and in fp16 and int8; `true` also on processors; `false` never. One that computes wrongly
   * is passed over, the error in `attempts`. Of a card without golden values the reason of the device says that it was
   * not tested.
   */
  readonly selfTest?: boolean | undefined;
  readonly signal?: AbortSignalLike | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Calls that may wait for their turn, 4096 by default; more are refused with `queue-full`. */
  readonly maxQueue?: number | undefined;
}

/** Their names. */
export const LOAD_OPTIONS: Readonly<Record<keyof LoadOptions, true>> = {
  latent: true,
  dtype: true,
  selfTest: true,
  signal: true,
  onProgress: true,
  maxQueue: true,
};

const CARD_FILE = 'model.json';

/** Reads and validates the card of a model. */
export async function loadCard(
  source: ModelSource,
  options: Pick<LoadOptions, 'signal'> = {},
): Promise<ModelCard> {
  checkMethod('source', source, 'read');
  checkOptions(options);
  throwIfAborted(options.signal, 'Loading a card');
  const bytes = await source.read(CARD_FILE, { signal: options.signal });
  return parseCard(new TextDecoder().decode(bytes), `${source.description}: ${CARD_FILE}`);
}

/**
 * Loads a whole model: reads its card, then its graphs, checks their bytes against the card, and
 * opens them on one device.
 *
 * @throws CardError, IntegrityError, DeviceError, AbortedError, LatentkitError `not-found`/`network`
 */
export function loadAutoencoder<K extends LatentKind, P = never>(
  platform: Platform<P>,
  source: ModelSource,
  options: LoadOptions & { readonly latent: K },
): Promise<Autoencoder<K, P>>;
export function loadAutoencoder<P = never>(
  platform: Platform<P>,
  source: ModelSource,
  options?: LoadOptions,
): Promise<Autoencoder<LatentKind, P>>;
export async function loadAutoencoder<P = never>(
  platform: Platform<P>,
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Autoencoder<LatentKind, P>> {
  const wanted = ['encoder', ...DECODING, 'prior'] as const;
  const { card, sessions, attempts } = await openSessions(platform, source, wanted, options);
  const encoder = await encoderOf(platform, card, sessions);
  const grid = definitionOf(card.latent).grid?.(card.latent);
  const prior = grid && sessions.prior && new CodePrior(card, grid, sessions.prior);
  const device = { name: encoder.device, attempts };
  const joined = encoder[JOIN](sessionOf(sessions, 'decoder'));
  return new Autoencoder(encoder, decoderOf(card, sessions), device, { prior, joined });
}

/** Loads the encoder alone; see {@link loadAutoencoder}. */
export function loadEncoder<K extends LatentKind, P = never>(
  platform: Platform<P>,
  source: ModelSource,
  options: LoadOptions & { readonly latent: K },
): Promise<Encoder<K, P>>;
export function loadEncoder<P = never>(
  platform: Platform<P>,
  source: ModelSource,
  options?: LoadOptions,
): Promise<Encoder<LatentKind, P>>;
export async function loadEncoder<P = never>(
  platform: Platform<P>,
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Encoder<LatentKind, P>> {
  const { card, sessions } = await openSessions(platform, source, ['encoder'], options);
  return encoderOf(platform, card, sessions);
}

/** Loads the decoder alone (with its codebook, where it has one); see {@link loadAutoencoder}. */
export async function loadDecoder(
  platform: Platform,
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Decoder> {
  const { card, sessions } = await openSessions(platform, source, DECODING, options);
  return decoderOf(card, sessions);
}

const DECODING = ['decoder', 'codebook'] as const;

type Sessions = Partial<Record<GraphName, Session>>;

async function encoderOf<P>(
  platform: Platform<P>,
  card: ModelCard,
  sessions: Sessions,
): Promise<Encoder<LatentKind, P>> {
  const space = await latentSpaceOf(card, platform.sha256);
  const session = sessionOf(sessions, 'encoder');
  return new Encoder(card, session, space, platform.readPictures);
}

function decoderOf(card: ModelCard, sessions: Sessions): Decoder {
  return new Decoder(wholeCard(card), sessionOf(sessions, 'decoder'), sessions.codebook);
}

/** One of those that every card has, and that {@link checkInterface} found opened. */
function sessionOf(sessions: Sessions, name: 'encoder' | 'decoder'): Session {
  return sessions[name] as Session;
}

/** The graphs of a model with nothing over them, for what is no encoder or decoder: a server, say. */
export interface OpenModel extends OpenedGraphs {
  readonly card: ModelCard;
  /** Frees all of them. Idempotent. */
  dispose(): Promise<void>;
}

/** Opens all graphs of a model, and gives their runners; see {@link loadAutoencoder}. */
export async function openGraphs(
  platform: Platform<never>,
  source: ModelSource,
  options: LoadOptions = {},
): Promise<OpenModel> {
  const { card, opened } = await openRunners(platform, source, GRAPHS, options, false);
  return { ...opened, card, dispose: () => disposeAll(opened.runners) };
}

const GRAPHS = ['encoder', 'decoder', 'codebook', 'prior'] as const;

/** Makes sessions of those of the wanted graphs that the card has. */
async function openSessions(
  platform: Platform<never>,
  source: ModelSource,
  wanted: readonly GraphName[],
  options: LoadOptions,
): Promise<{ card: ModelCard; sessions: Sessions; attempts: OpenedGraphs['attempts'] }> {
  const { card, opened } = await openRunners(platform, source, wanted, options);
  const { runners, attempts, concurrency } = opened;
  let scheduler: Scheduler;
  try {
    scheduler = new Scheduler({ concurrency, maxQueue: options.maxQueue });
  } catch (error) {
    await disposeAll(runners);
    throw error;
  }
  const sessions = Object.fromEntries(
    Object.entries(runners).map(([name, runner]) => [name, new Session(name, runner, scheduler)]),
  );
  return { card, sessions, attempts };
}

/** Opens those of the wanted graphs that the card has, and compares them with it. */
async function openRunners(
  platform: Platform<never>,
  source: ModelSource,
  wanted: readonly GraphName[],
  options: LoadOptions,
  mustDecode = wanted.includes('decoder'),
): Promise<{ card: ModelCard; opened: OpenedGraphs }> {
  checkMethod('platform', platform, 'open');
  checkOptions(options);
  const { signal, latent, selfTest } = options;
  checkFlag('selfTest', selfTest);
  if (latent !== undefined) checkChoice('latent', latent, Object.keys(LATENT_KINDS));
  throwIfAborted(signal, 'Loading');
  const card = await loadCard(source, options);
  if (latent !== undefined && latent !== card.latent.kind) {
    throw new ArgumentError(
      'latent',
      `'${card.latent.kind}', the kind of ${card.name} (${source.description})`,
      latent,
    );
  }
  if (mustDecode) wholeCard(card);
  const names = wanted.filter((name) => card.graphs[name] !== undefined);
  const opened = source.open
    ? await source.open(card, names, { signal })
    : await openHere(platform, source, card, names, options);
  try {
    throwIfAborted(signal, 'Loading');
    for (const name of names) checkInterface(card, name, opened.runners[name]);
  } catch (error) {
    await disposeAll(opened.runners);
    throw error;
  }
  return { card, opened };
}

/** Reads graphs, and opens them on a device of the platform. */
async function openHere(
  platform: Platform<never>,
  source: ModelSource,
  card: ModelCard,
  names: readonly GraphName[],
  options: LoadOptions,
): Promise<OpenedGraphs> {
  const { signal } = options;
  const graphs = await readGraphs(platform, source, card, names, options);
  throwIfAborted(signal, 'Loading');
  const selfTest = selfTestOf(platform, source, card, names, options);
  const opened = await platform.open(graphs, { signal, selfTest });
  warnOfWrong(platform, card, opened.attempts);
  return opened;
}

function selfTestOf(
  platform: Platform,
  source: ModelSource,
  { golden, tolerance }: ModelCard,
  graphs: readonly GraphName[],
  options: LoadOptions,
): SelfTestPlan | undefined {
  const { selfTest: asked, dtype: precision = 'fp32' } = options;
  if (asked === false) return undefined;
  const read = async (file: FileCard) =>
    readGolden(
      await readVerified(platform, source, file, options),
      `${source.description}: ${file.file}`,
    );
  return planSelfTest({ asked, precision, tolerance, golden, graphs, read });
}

/** A device that fails is ordinary; one that computes wrongly is broken, and other programs trust it. */
function warnOfWrong(
  platform: Platform<never>,
  { name }: ModelCard,
  attempts: OpenedGraphs['attempts'],
): void {
  for (const { device, error, reason } of attempts) {
    if (error === undefined) continue;
    platform.warn?.(`${name}: ${device} was passed over, it ${reason}.`);
  }
}

/** Reads several graphs at a time; if one fails, the reading of the others is stopped. */
async function readGraphs(
  platform: Platform,
  source: ModelSource,
  card: ModelCard,
  names: readonly GraphName[],
  options: LoadOptions,
): Promise<Record<string, Uint8Array>> {
  const controller = new AbortController();
  const { signal: given, dtype = 'fp32' } = options;
  const forget = given && onAbort(given, () => controller.abort(given.reason));
  const reading = names.map(async (name) => {
    const file = fileOf(card, name, dtype);
    const { signal } = controller;
    const bytes = await readVerified(platform, source, file, { ...options, signal });
    checkSelfContained(bytes, file.file);
    return [name, bytes] as const;
  });
  try {
    return Object.fromEntries(await Promise.all(reading));
  } catch (error) {
    controller.abort();
    await Promise.allSettled(reading);
    throw error;
  } finally {
    forget?.();
  }
}

function fileOf(card: ModelCard, name: GraphName, precision: Precision): FileCard {
  const { files } = card.graphs[name] as GraphCard;
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
