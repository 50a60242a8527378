import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import util from 'node:util';
import { requireHere } from '@latentkit/system/ort';
import { setBackend } from './set-backend.ts';

const SETUP = '`npm run setup:tfjs-node` sets it up';

/**
 * Opens native TensorFlow.
 *
 * @throws Error that says what is missing
 */
export async function openTfjsNode(): Promise<void> {
  const require = requireHere();
  let folder: string;
  try {
    folder = dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
  } catch {
    throw new Error(`@tensorflow/tfjs-node is not installed; ${SETUP} after \`npm install\``);
  }
  loadTfjsNode(folder, require);
  await setBackend('tensorflow');
}

/**
 * Loads the package, but only where its native half is on disk: without it the package throws
 * halfway through its own start and leaves things half registered.
 */
export function loadTfjsNode(folder: string, require: NodeJS.Require): void {
  if (!hasNativeHalf(folder)) {
    throw new Error(`@tensorflow/tfjs-node is here without its native half; ${SETUP}`);
  }
  polyfillUtil();
  // TensorFlow greets on stderr unless told not to; oneDNN's kernels add in an order of their own,
  // say so on stderr, and are no faster here.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '0';
  try {
    require(folder);
  } catch (cause) {
    throw new Error(
      `@tensorflow/tfjs-node does not load (${(cause as Error).message.split('\n')[0]}); ` +
        'delete its folder lib/ and run `npm run setup:tfjs-node`',
      { cause },
    );
  }
}

export function hasNativeHalf(folder: string): boolean {
  const lib = join(folder, 'lib');
  if (!existsSync(lib)) return false;
  return readdirSync(lib).some((name) => existsSync(join(lib, name, 'tfjs_binding.node')));
}

/** tfjs-node 4.22 calls two helpers of node:util that newer versions of Node warn of, or lack. */
function polyfillUtil(): void {
  const target = util as unknown as Record<string, unknown>;
  target['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  target['isArray'] = Array.isArray;
}
