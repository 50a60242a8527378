import { GOLDEN_FILE } from '@latentkit/core/runtime';
import { RECORD_FILE } from './record.ts';

export const CARD_FILE = 'model.json';

/** What lies beside a card, as globs of bare names: without a card, it is what is left of a model. */
export const FILES_BESIDE_CARD: readonly string[] = ['*.onnx', GOLDEN_FILE, RECORD_FILE];
