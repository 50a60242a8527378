import { engine, findBackendFactory, getBackend, ready, setBackend } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';

/** A backend that was tried and left, and why. */
export interface PassedOver {
  readonly name: string;
  readonly reason: string;
}

/** Fastest first: native TensorFlow (tfjs-node), WebAssembly, plain JavaScript. */
const BY_SPEED: readonly string[] = ['tensorflow', 'wasm', 'cpu'];

/**
 * The registered backends that are faster than tfjs's current one, fastest first, and the current one. A
 * backend that is not in this order, such as one of a GPU, is taken for the best there is.
 */
export async function backendsBySpeed(): Promise<string[]> {
  await ready();
  // Where an op has just failed for want of a backend, that waited for one to start, and not for a choice.
  if ((getBackend() as string | undefined) === undefined) await ready();
  const current = getBackend();
  const faster = BY_SPEED.slice(0, Math.max(0, BY_SPEED.indexOf(current)));
  return [...faster.filter(isRegistered), current];
}

// The types leave out that there may be none.
const isRegistered = (name: string) => (findBackendFactory(name) as unknown) != null;

const opening = new Map<string, Promise<void>>();

/**
 * Starts a registered backend beside the current one. tf.setBackend would make it the current one, and any
 * op that the program runs meanwhile would fail.
 *
 * @throws ExportError `invalid-argument` where no backend of the name is registered
 */
export async function openBackend(name: string): Promise<void> {
  const { registry, registryFactory } = engine();
  if (registry[name] !== undefined) return;
  if (!isRegistered(name)) {
    throw new ExportError(
      'invalid-argument',
      `The backend is '${name}'; expected one that tfjs has registered: ${Object.keys(registryFactory).join(', ')}. A backend is registered by importing its package, such as @tensorflow/tfjs-backend-wasm.`,
    );
  }
  const start = async () => {
    const backend = await findBackendFactory(name)();
    // The program may have started it as well.
    registry[name] ??= backend;
  };
  const started = opening.get(name) ?? start().finally(() => opening.delete(name));
  opening.set(name, started);
  return started;
}

/**
 * Runs synchronous work on an opened backend; nothing else sees another backend than the current one.
 * tfjs moves data between backends as it is used.
 *
 * @param name undefined for the current one
 */
export function onBackend<T>(name: string | undefined, run: () => T): T {
  const before = getBackend();
  if (name === undefined || name === before) return run();
  // At once: a promise is returned for backends that are not open yet.
  void setBackend(name);
  try {
    return run();
  } finally {
    void setBackend(before);
  }
}
