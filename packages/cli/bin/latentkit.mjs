#!/usr/bin/env node
// Kept out of the build: npm links a command when it installs, and in a clone dist/ is not there yet.
import { existsSync } from 'node:fs';

const built = new URL('../dist/index.mjs', import.meta.url);
if (!existsSync(built)) {
  process.stderr.write('latentkit is not built yet. In its repository, run first: npm run build\n');
  process.exit(1);
}

// A reader that has seen enough (`latentkit info … | head`) is no failure.
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const { main } = await import(built.href);
process.exitCode = await main(process.argv.slice(2));
