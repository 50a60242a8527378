import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OnnxError } from '../errors.ts';
import { checkInteger, checkOptions, checkText } from '../form.ts';
import type { Graph, Model, TensorData } from '../ir.ts';
import { checkTensorSize } from '../tensor.ts';
import { attributeGraphs, checkWalkable } from '../walk.ts';
import { checkExternalLocation } from '../wire/external-location.ts';
import { writeModel } from '../wire/write-model.ts';
import { makeFolder } from './make-folder.ts';
import { writeFully } from './whole-pieces.ts';

export interface SaveOptions {
  /** Keep large initializers in a file beside the model. Without it everything is in one file. */
  externalData?: {
    /** Tensors of at least this many bytes go outside; default 1024. */
    threshold?: number;
    /** Name of that file, relative to the model's folder; default `<model>.data`. */
    location?: string;
  };
}

/** Where tensors begin in the outer file: readers map it into memory by pages. */
const ALIGNMENT = 4096;

/**
 * Writes a model file, whole or not at all: under another name first, then renamed. With external
 * data the data file is in place before the model that points to it. `model` is not changed.
 *
 * @throws OnnxError as writeModel; `external-data` for a location outside the folder; `io`
 */
export async function saveModelFile(
  path: string,
  model: Model,
  options: SaveOptions = {},
): Promise<void> {
  checkText('The path', path);
  checkOptions(options, 'The options', ['externalData']);
  if (options.externalData !== undefined) {
    checkOptions(options.externalData, 'externalData', ['threshold', 'location']);
    checkInteger('threshold', options.externalData.threshold, 0);
  }
  checkWalkable(model);
  const folder = dirname(path);
  if (!options.externalData) {
    await writeWhole(path, async (file) => void (await file.writeFile(writeModel(model))));
    return;
  }
  const { threshold = 1024, location = `${basename(path)}.data` } = options.externalData;
  checkExternalLocation(location);
  const dataPath = join(folder, location);
  if (dataPath === join(folder, basename(path))) {
    throw new OnnxError('external-data', `The data file cannot be the model file "${location}".`);
  }
  const outside: TensorData[] = [];
  let end = 0;
  const moved = mapTensors(model, (tensor) => {
    if (tensor.external || tensor.dtype === 'string' || tensor.raw.length < threshold) {
      return tensor;
    }
    checkTensorSize(tensor);
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    end = offset + tensor.raw.length;
    outside.push(tensor);
    const external = { location, offset, length: tensor.raw.length };
    return { ...tensor, raw: new Uint8Array(0), external };
  });
  const bytes = writeModel(moved);
  if (outside.length > 0) {
    await writeWhole(dataPath, async (file) => {
      let position = 0;
      for (const tensor of outside) {
        position = Math.ceil(position / ALIGNMENT) * ALIGNMENT;
        await writeFully(file, tensor.raw, position);
        position += tensor.raw.length;
      }
    });
  }
  await writeWhole(path, async (file) => void (await file.writeFile(bytes)));
}

/** A copy of the model whose initializers went through `change`; everything else is shared. */
function mapTensors(model: Model, change: (tensor: TensorData) => TensorData): Model {
  const mapGraph = (graph: Graph): Graph => ({
    ...graph,
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [name, change(tensor)])),
    nodes: graph.nodes.map((node) => {
      const hasBody = [...node.attributes.values()].some((a) => attributeGraphs(a).length > 0);
      if (!hasBody) return node;
      const attributes = new Map(node.attributes);
      for (const [name, attribute] of attributes) {
        if (attribute.type === 'graph') {
          attributes.set(name, { ...attribute, value: mapGraph(attribute.value) });
        } else if (attribute.type === 'graphs') {
          attributes.set(name, { ...attribute, value: attribute.value.map(mapGraph) });
        }
      }
      return { ...node, attributes };
    }),
  });
  return { ...model, graph: mapGraph(model.graph) };
}

async function writeWhole(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}.${Date.now()}.tmp`;
  try {
    await makeFolder(dirname(path));
    const file = await open(temporary, 'wx');
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    if (OnnxError.isInstance(cause)) throw cause;
    throw new OnnxError('io', `Cannot write "${path}": ${String(cause)}.`, { cause });
  }
}
