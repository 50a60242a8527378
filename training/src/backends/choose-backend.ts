import { ArgumentError, LatentkitError } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import { BACKEND_NAMES, type BackendName } from '../settings/choices.ts';
import { setBackend } from './set-backend.ts';
import { openTfjsNode } from './tfjs-node.ts';
import { openWasm } from './wasm.ts';

/** A backend that was passed over, and why. */
export interface PassedOver {
  readonly name: BackendName;
  readonly reason: string;
}

export interface ChosenBackend {
  readonly name: BackendName;
  /** Why this one, in words for the user. */
  readonly reason: string;
  readonly passedOver: readonly PassedOver[];
}

/** Each opens its backend, or throws with a reason and what to do about it. */
const OPENERS: Record<BackendName, () => Promise<void>> = {
  'tfjs-node': openTfjsNode,
  wasm: openWasm,
  cpu: async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    await setBackend('cpu');
    // The backend would print an advertisement for tfjs-node at its first tensor.
    (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
  },
};

const WHAT: Record<BackendName, string> = {
  'tfjs-node': 'native TensorFlow',
  wasm: 'WebAssembly, several times slower than native TensorFlow',
  cpu: 'plain JavaScript, by far the slowest',
};

/**
 * Makes the named backend tfjs's current one; `'auto'` takes the fastest that opens and passes the trial.
 *
 * @param trial what the backend is wanted for, run on each that opens; it throws with a reason where that cannot be done
 * @throws ArgumentError for an unknown name, LatentkitError `missing-dependency` when the backend
 *   that was asked for cannot be opened, or fails the trial
 */
export async function chooseBackend(
  wanted: BackendName | 'auto',
  trial?: () => Promise<void>,
): Promise<ChosenBackend> {
  if (wanted !== 'auto') {
    const open = OPENERS[wanted];
    if (!open) throw new ArgumentError('backend', ['auto', ...BACKEND_NAMES].join(', '), wanted);
    try {
      await open();
      await trial?.();
    } catch (cause) {
      throw new LatentkitError(
        'missing-dependency',
        `The backend '${wanted}' cannot be used: ${(cause as Error).message}`,
        { cause },
      );
    }
    return { name: wanted, reason: `asked for (${WHAT[wanted]})`, passedOver: [] };
  }
  const passedOver: PassedOver[] = [];
  for (const name of BACKEND_NAMES) {
    try {
      await OPENERS[name]();
      await trial?.();
    } catch (error) {
      passedOver.push({ name, reason: (error as Error).message });
      continue;
    }
    return { name, reason: `the fastest backend that works here: ${WHAT[name]}`, passedOver };
  }
  throw new LatentkitError(
    'missing-dependency',
    `No tfjs backend can be used:\n${passedOver.map(({ name, reason }) => `  - ${name}: ${reason}`).join('\n')}`,
  );
}
