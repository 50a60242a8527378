import * as onProcessor from '@latentkit/web/wasm';
import {
  type Autoencoder,
  type AutoencoderLoader,
  type Decoder,
  type DecoderLoader,
  type LatentKind,
  type LoadOptions,
  type LoadProgress,
  loadCard,
  type ModelCard,
  type Picture,
  type Prefetcher,
  sizeOf,
  type WebDevice,
} from '@latentkit/web/wasm';
import type { SiteSettings } from '../data/format.ts';

/** The model of the site: its decoder, and the rest of it once it is asked for. */
export interface Model {
  readonly card: Decoder['card'];
  readonly decoder: Decoder;
  /** The codebook's entries, [codes × dim]; undefined for a latent of plain vectors. */
  readonly entries: Float32Array | undefined;
  /** Both halves: the encoder is loaded when a picture is first given. */
  whole(): Promise<Autoencoder<LatentKind, Picture>>;
  /** Fetches what is not loaded yet, so that it is there without a network too. */
  keep(): Promise<void>;
}

/** Elements of an item, and bytes of a decoder, up to which a picture takes less than a message to a worker and back. */
const LIGHT = { elements: 4096, bytes: 4 * 2 ** 20 };

const here = (path: string) => new URL(path, document.baseURI).href;
const FOLDER = 'model/';

/** What the model is: it comes long before the model does. */
export const loadSiteCard = (): Promise<ModelCard> => loadCard(here(FOLDER));

/**
 * Loads the model of the site: a light one in the page itself, on the best device that the site allows, or on the one
 * that the address asks for (`?device=webgpu`).
 */
export async function loadModel(
  { devices }: SiteSettings,
  { item, graphs }: ModelCard,
  onProgress: (progress: LoadProgress) => void,
): Promise<Model> {
  const light =
    sizeOf(item.shape) <= LIGHT.elements && (graphs.decoder?.files.fp32.bytes ?? 0) <= LIGHT.bytes;
  const execution = light ? 'inline' : 'auto';
  const options = { execution, wasmPaths: here('runtime/'), onProgress } as const;
  if (!devices.includes('webgpu')) return halves(onProcessor, options);
  const asked = new URLSearchParams(location.search).get('device');
  const device = devices.find((name) => name === asked);
  // Where the one that is asked for is not there, the processor is.
  return halves(await import('@latentkit/web'), {
    ...options,
    ...(device === undefined ? {} : { device: device === 'wasm' ? device : [device, 'wasm'] }),
  });
}

async function halves<D extends WebDevice>(
  door: {
    readonly loadDecoder: DecoderLoader<D>;
    readonly loadAutoencoder: AutoencoderLoader<D>;
    readonly prefetch: Prefetcher<D>;
  },
  { onProgress, ...options }: LoadOptions<D>,
): Promise<Model> {
  const folder = here(FOLDER);
  const decoder = await door.loadDecoder(folder, { ...options, onProgress });
  const device = decoder.device as D;
  let whole: Promise<Autoencoder<LatentKind, Picture>> | undefined;
  return {
    card: decoder.card,
    decoder,
    entries: await decoder.codebook?.entries(),
    whole() {
      whole ??= door.loadAutoencoder(folder, { ...options, device }).catch((error: unknown) => {
        // What failed (the network, say) may be tried again.
        whole = undefined;
        throw error;
      });
      return whole;
    },
    // ONNX Runtime's own file is kept already: the decoder runs on it.
    keep: () => door.prefetch(folder, { device }),
  };
}
