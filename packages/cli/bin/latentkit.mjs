#!/usr/bin/env node
// Kept out of the build: npm links a command when it installs, and in a clone dist/ is not there yet.
import { existsSync, readFileSync } from 'node:fs';

// To load the command takes longer than to think better of it. A verb that listens itself takes over; those that do not
// (check, adopt, diff, info) are over in seconds.
let left = 'Nothing was written.';
const SIGNALS = ['SIGINT', 'SIGTERM'];
const interrupted = () => {
  process.stderr.write(`Interrupted. ${left}\n`);
  process.exit(130);
};
for (const name of SIGNALS) process.once(name, interrupted);
process.on('newListener', (name) => {
  // Only once the other stands: Node stops to catch a signal with the last that listens.
  if (SIGNALS.includes(name)) process.nextTick(() => process.off(name, interrupted));
});

// What is imported below needs what older versions lack, and would say so in words of its own.
const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [least, here] = [engines.node, process.versions.node].map((version) => {
  const [major, minor] = version.replace('>=', '').split('.').map(Number);
  return 1000 * major + minor;
});
if (here < least) {
  process.stderr.write(
    `latentkit needs Node ${engines.node.replace('>=', '')} or later, and this is ${process.versions.node}: install a newer one, https://nodejs.org\n`,
  );
  process.exit(1);
}

const built = new URL('../dist/index.mjs', import.meta.url);
if (!existsSync(built)) {
  process.stderr.write('latentkit is not built yet. In its repository, run first: npm run build\n');
  process.exit(1);
}

// A reader that has seen enough (`latentkit info … | head`) is no failure.
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(0);
  const why = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
  process.stderr.write(`error: Could not write the result to standard output: ${why}.\n`);
  process.exit(1);
});

const { main } = await import(built.href);
left = 'Run the same command again.';
process.exitCode = await main(process.argv.slice(2));
