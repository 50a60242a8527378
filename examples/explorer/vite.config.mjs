import { resolve } from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig(({ command }) => ({
  // A site lies in any folder of its host.
  base: './',
  // In development, the data and the model of a site that `latentkit explore --out` wrote.
  publicDir:
    command === 'serve' ? resolve(process.env.EXPLORER_SITE ?? '../../out/explorer') : false,
  worker: { format: 'es' },
  build: { target: 'es2023', sourcemap: false },
  plugins: [
    {
      name: 'runtime-apart',
      // ONNX Runtime's WebAssembly lies in the site's folder `runtime`, of the devices that are wanted.
      generateBundle(_, bundle) {
        for (const name of Object.keys(bundle)) if (name.endsWith('.wasm')) delete bundle[name];
      },
    },
  ],
}));
