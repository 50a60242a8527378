import { loadEncoder } from '@latentkit/web/wasm';

/** What a small page does: one picture, one embedding. */
const encoder = await loadEncoder('models/tiny', { execution: 'auto' });
const { dims } = await encoder.embed(new ImageData(2, 2));
document.title = dims.join('×');
