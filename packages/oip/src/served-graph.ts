import {
  type AbortSignalLike,
  DisposedError,
  type GraphRunner,
  type GraphRunOptions,
  type NamedTensors,
  sizeOf,
  type Tensor,
  type TensorInfo,
} from '@latentkit/core';
import { fillOutputs } from '@latentkit/core/runtime';
import { type Answer, ask, type Fetch, stranger } from './ask.ts';
import { binaryMessages, type Fail, isObject, readBody, readTensors, writeBody } from './body.ts';
import { BINARY, datatypeOf, dtypeOf, JSON_LENGTH } from './protocol.ts';

/** A served model: an address, and how it is asked. */
export interface Place {
  /** `http://host:port/v2/models/NAME` */
  readonly url: string;
  /** Follows every path: `?key=…`. */
  readonly search: string;
  readonly fetch: Fetch;
  readonly patienceMs: number;
}

/** The most bytes of JSON in a sound answer. */
const JSON_BYTES = 2 ** 24;

/** Rows in a request to a server that names no limit. */
const ROWS = 64;

/** What a server answers to a question that needs no body. */
export async function askFor(
  { url, search, ...options }: Place,
  path: string,
  signal: AbortSignalLike | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const address = `${url}${path}${search}`;
  const { bytes } = await ask(address, {}, { ...options, signal, limit: JSON_BYTES });
  return readBody(bytes, undefined, failAt(address)).message;
}

/**
 * A graph that a server runs.
 *
 * @param described its outputs by the card; one number a row is [n] there, and [n, 1] at some servers
 */
export async function openServed(
  place: Place,
  described: { readonly inputs: readonly TensorInfo[]; readonly outputs: readonly TensorInfo[] },
  signal: AbortSignalLike | undefined,
): Promise<GraphRunner> {
  const [metadata, config] = await Promise.all([
    askFor(place, '', signal),
    askFor(place, '/config', signal),
  ]);
  const fail = failAt(place.url);
  const infos = (side: 'inputs' | 'outputs') =>
    infosOf(side, metadata[side], described[side], fail);
  const rows = config['max_batch_size'];
  return new ServedGraph(place, {
    inputs: infos('inputs'),
    outputs: infos('outputs'),
    rowsAtOnce: Number.isSafeInteger(rows) && (rows as number) > 0 ? (rows as number) : ROWS,
  });
}

class ServedGraph implements GraphRunner {
  readonly device = 'oip';
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly rowsAtOnce: number;
  readonly #place: Place;
  #disposed = false;

  constructor(place: Place, shown: Pick<ServedGraph, 'inputs' | 'outputs' | 'rowsAtOnce'>) {
    this.#place = place;
    this.inputs = shown.inputs;
    this.outputs = shown.outputs;
    this.rowsAtOnce = shown.rowsAtOnce;
  }

  async run(
    feeds: NamedTensors,
    { signal, outputs, wanted = outputs && Object.keys(outputs) }: GraphRunOptions = {},
  ): Promise<NamedTensors> {
    if (this.#disposed) throw new DisposedError('The graph');
    const { url, search, ...options } = this.#place;
    const address = `${url}/infer${search}`;
    const names = wanted ?? this.outputs.map(({ name }) => name);
    const request = {
      inputs: binaryMessages(feeds),
      outputs: names.map((name) => ({ name, parameters: { binary_data: true } })),
    };
    const { bytes: body, jsonLength } = writeBody(request, Object.values(feeds));
    const headers = { 'content-type': BINARY, [JSON_LENGTH]: String(jsonLength) };
    const rows = Object.values(feeds)[0]?.dims[0] ?? 1;
    const limit = JSON_BYTES + this.#bytesOf(names, rows);
    const answer = await ask(address, { headers, body }, { ...options, signal, limit });
    const found = this.#read(answer, names, rows, failAt(address));
    return outputs ? fillOutputs(outputs, found) : found;
  }

  /** The outputs that were asked for, as the graph would give them. */
  #read({ bytes, headers }: Answer, names: readonly string[], rows: number, fail: Fail) {
    const { message, binary } = readBody(bytes, headers.get(JSON_LENGTH), fail);
    const tensors = readTensors('outputs', message['outputs'], binary, fail);
    const read: Record<string, Tensor> = {};
    for (const name of names) {
      const tensor = tensors[name];
      const info = this.outputs.find((output) => output.name === name);
      if (!tensor || tensor.dtype !== info?.dtype) {
        const found = tensor ? `is ${datatypeOf(tensor.dtype)}` : 'is missing';
        return fail(`its output '${name}' ${found}`);
      }
      const isFlat = info.shape.length === 1 && tensor.data.length === rows;
      read[name] = isFlat ? ({ ...tensor, dims: [rows] } as Tensor) : tensor;
    }
    return read;
  }

  /** What outputs may take: their known dimensions, eight bytes an element; open ones get a gibibyte. */
  #bytesOf(names: readonly string[], rows: number): number {
    return this.outputs
      .filter(({ name }) => names.includes(name))
      .map(({ shape: [, ...item] }) =>
        item.every((dim) => typeof dim === 'number')
          ? 8 * rows * sizeOf(item as number[])
          : 2 ** 30,
      )
      .reduce((sum, bytes) => sum + bytes, 0);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
  }
}

function infosOf(
  side: 'inputs' | 'outputs',
  list: unknown,
  described: readonly TensorInfo[],
  fail: Fail,
): TensorInfo[] {
  if (!Array.isArray(list)) return fail(`its metadata have no list of ${side}`);
  return list.map((entry: unknown) => {
    const { name, datatype, shape } = isObject(entry) ? entry : {};
    const dtype = dtypeOf(datatype);
    if (typeof name !== 'string' || !dtype || !Array.isArray(shape)) {
      return fail(`its metadata have ${side} that are no tensors`);
    }
    const dims = shape.map((dim: unknown, axis) => {
      const size = Number(dim);
      return size > 0 ? size : axis === 0 ? 'batch' : `dim${axis}`;
    });
    const onCard = described.find((info) => info.name === name);
    const isFlat = onCard?.shape.length === 1 && dims.length === 2 && dims[1] === 1;
    return { name, dtype, shape: isFlat ? dims.slice(0, 1) : dims };
  });
}

function failAt(url: string): Fail {
  return (fault) => {
    throw stranger(url, fault);
  };
}
