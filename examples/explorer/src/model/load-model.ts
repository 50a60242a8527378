import * as onProcessor from '@latentkit/web/wasm';
import {
  type Autoencoder,
  type Decoder,
  type LatentKind,
  type LoadProgress,
  loadCard,
  type Picture,
  sizeOf,
} from '@latentkit/web/wasm';
import type { SiteSettings } from '../data/format.ts';

/** The model of the site: its decoder, and the rest of it once it is asked for. */
export interface Model {
  readonly card: Decoder['card'];
  readonly decoder: Decoder;
  /** Both halves: the encoder is loaded when a picture is first given. */
  whole(): Promise<Autoencoder<LatentKind, Picture>>;
  /** Fetches what is not loaded yet, so that it is there without a network too. */
  keep(): Promise<void>;
}

/** Elements of an item, and bytes of a decoder, up to which a picture takes less than a message to a worker and back. */
const LIGHT = { elements: 4096, bytes: 4 * 2 ** 20 };

/** Loads the model of the site on the best device that it allows: a light one in the page itself. */
export async function loadModel(
  { devices }: SiteSettings,
  onProgress: (progress: LoadProgress) => void,
): Promise<Model> {
  const here = (path: string) => new URL(path, document.baseURI).href;
  const folder = here('model/');
  const { item, graphs } = await loadCard(folder);
  const light =
    sizeOf(item.shape) <= LIGHT.elements && (graphs.decoder?.files.fp32.bytes ?? 0) <= LIGHT.bytes;
  const execution = light ? 'inline' : 'auto';
  const options = { execution, wasmPaths: here('runtime/') } as const;
  const door = devices.includes('webgpu') ? await import('@latentkit/web') : onProcessor;
  const decoder = await door.loadDecoder(folder, { ...options, onProgress });
  let whole: Promise<Autoencoder<LatentKind, Picture>> | undefined;
  return {
    card: decoder.card,
    decoder,
    whole() {
      whole ??= door.loadAutoencoder(folder, options).catch((error: unknown) => {
        // What failed (the network, say) may be tried again.
        whole = undefined;
        throw error;
      });
      return whole;
    },
    // ONNX Runtime's own file is kept already: the decoder runs on it.
    keep: () => door.prefetch(folder),
  };
}
