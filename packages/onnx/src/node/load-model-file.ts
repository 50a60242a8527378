import { type FileHandle, open, readFile, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { OnnxError } from '../errors.ts';
import { checkChoice, checkOptions, checkText } from '../form.ts';
import type { Model, TensorData } from '../ir.ts';
import { allTensors } from '../walk.ts';
import { checkExternalLocation } from '../wire/external-location.ts';
import { type ReadOptions, readModel } from '../wire/read-model.ts';
import { readFully } from './whole-pieces.ts';
import { whyUnread } from './why-unread.ts';

export interface LoadOptions extends Pick<ReadOptions, 'annotations'> {
  /** Read tensors that lie in other files (the default), or leave them there. */
  externalData?: 'read' | 'leave';
}

/**
 * Reads a model file and the external data beside it. Files outside the model's folder are refused,
 * whether by `..`, an absolute path or a link.
 *
 * @throws OnnxError as readModel; `external-data` for a file that is refused, missing or too short;
 * `io` where the model itself cannot be read
 */
export async function loadModelFile(path: string, options: LoadOptions = {}): Promise<Model> {
  checkText('The path', path);
  checkOptions(options, 'The options', ['annotations', 'externalData']);
  checkChoice('externalData', options.externalData, ['read', 'leave']);
  checkChoice('annotations', options.annotations, ['drop', 'refuse']);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new OnnxError('io', `Cannot read the model "${path}": ${whyUnread(cause, path)}`, {
      cause,
    });
  }
  const { annotations } = options;
  const model = readModel(bytes, annotations ? { annotations } : {});
  if (options.externalData === 'leave') return model;
  const files = new ExternalFiles(await realpath(dirname(path)));
  try {
    for (const tensor of allTensors(model.graph)) await files.fill(tensor);
  } finally {
    await files.close();
  }
  return model;
}

/** The files beside a model, each opened once. */
class ExternalFiles {
  readonly #folder: string;
  readonly #open = new Map<string, { handle: FileHandle; size: number }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async fill(tensor: TensorData): Promise<void> {
    const { external } = tensor;
    if (!external) return;
    const { location, offset, length } = external;
    const { handle, size } = await this.#file(location, tensor);
    // Checked before anything of that length is allocated.
    if (offset + length > size) {
      throw new OnnxError(
        'external-data',
        `The tensor "${tensor.name}" needs bytes ${offset} to ${offset + length} of "${location}", which has ${size}: the file is cut off or another one.`,
      );
    }
    const raw = new Uint8Array(length);
    if ((await readFully(handle, raw, offset)) < length) {
      throw new OnnxError('external-data', `"${location}" became shorter while it was read.`);
    }
    tensor.raw = raw;
    delete tensor.external;
  }

  async #file(location: string, tensor: TensorData): Promise<{ handle: FileHandle; size: number }> {
    const known = this.#open.get(location);
    if (known) return known;
    checkExternalLocation(location);
    const path = join(this.#folder, location);
    let real: string;
    try {
      real = await realpath(path);
    } catch (cause) {
      throw new OnnxError(
        'external-data',
        `The values of the tensor "${tensor.name}" lie in "${location}", which is not beside the model. Copy the file to ${path}.`,
        { cause },
      );
    }
    const inside = this.#folder.endsWith(sep) ? this.#folder : this.#folder + sep;
    if (!real.startsWith(inside)) {
      throw new OnnxError(
        'external-data',
        `External data at "${location}" is refused: a link leads out of the model's folder.`,
      );
    }
    try {
      const handle = await open(real, 'r');
      const file = { handle, size: 0 };
      this.#open.set(location, file);
      const stat = await handle.stat();
      if (!stat.isFile()) throw new Error('not a regular file');
      file.size = stat.size;
      return file;
    } catch (cause) {
      throw new OnnxError('external-data', `Cannot read "${location}": ${String(cause)}.`, {
        cause,
      });
    }
  }

  async close(): Promise<void> {
    for (const { handle } of this.#open.values()) await handle.close();
  }
}
