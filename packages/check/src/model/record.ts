import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import * as v from 'valibot';

/** Beside the card: what was measured of a model when it was found good. `latentkit check --update` writes it. */
export const RECORD_FILE = 'check.json';

const finite = v.pipe(v.number(), v.finite());

const RecordSchema = v.object({
  format: v.literal(1),
  /** What of the card says how numbers are read: item, preprocessing, likelihood, latent, condition, graphs. */
  contract: v.record(v.string(), v.unknown()),
  /** Of each graph file: version of ONNX's operator set, and nodes by operator. */
  graphs: v.record(
    v.string(),
    v.object({ opset: v.number(), operators: v.record(v.string(), v.number()) }),
  ),
  /** Of the sample (sample.ts), in fp32. */
  sample: v.optional(
    v.object({
      items: v.number(),
      /** Mean squared error an element of the decoded embeddings; absent without a decoder. */
      reconstruction: v.optional(finite),
      /** Mean KL from the prior in nats an item, where the latent has one. */
      kl: v.optional(finite),
      /** Embeddings [items, latent size]: float32, little-endian, base64. */
      embeddings: v.string(),
    }),
  ),
  /** The encoder's run on 64 items, in units of a fixed product of matrices on the same machine. */
  latency: v.optional(finite),
});

export type ModelRecord = v.InferOutput<typeof RecordSchema>;

/**
 * The record in a model's folder; undefined where there is none.
 *
 * @throws RecordError
 */
export async function readRecord(folder: string): Promise<ModelRecord | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, RECORD_FILE), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new RecordError(message, code === 'EISDIR' ? 'Remove the folder of that name. ' : '');
  }
  return parseRecord(text);
}

/** A record that cannot be read: whatever a check asked of it, this is what there is to do. */
export class RecordError extends LatentkitError {
  readonly remedy: string;

  constructor(problem: string, first = '') {
    const remedy = `${first}Make it anew: latentkit check --update.`;
    super('invalid-data', `${RECORD_FILE} is no record of a model: ${problem}. ${remedy}`);
    this.remedy = remedy;
  }
}

/** @throws RecordError */
export function parseRecord(text: string): ModelRecord {
  let problem: string;
  try {
    const { success, issues, output } = v.safeParse(RecordSchema, JSON.parse(text));
    if (success) return output;
    problem = issues
      .map((issue) => `${v.getDotPath(issue) ?? 'file'}: ${issue.message}`)
      .join('; ');
  } catch (error) {
    problem = (error as Error).message;
  }
  throw new RecordError(problem);
}
