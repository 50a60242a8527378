/** Serves the project in the working folder with vite's development server, and prints its address. */
import { createServer } from 'vite';

const server = await createServer({
  server: {
    port: 0,
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
  logLevel: 'error',
});
await server.listen();
console.log(server.resolvedUrls.local[0]);
