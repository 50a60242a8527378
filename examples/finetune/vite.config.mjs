import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  // The trained models of the repository are served as they are: mnist-vae/encoder.onnx and so on.
  publicDir: fileURLToPath(new URL('../../models', import.meta.url)),
  worker: { format: 'es' },
});
