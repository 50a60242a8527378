import { CardSchema, type GraphName } from '../card/card.ts';
import { ArgumentError, LatentkitError } from '../errors/index.ts';
import type { NamedTensors } from '../run/runner.ts';
import type { Tensor } from '../tensor.ts';
import { isBytes } from '../typed-arrays.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

/** What a graph's function made of some inputs where it was trained; each tensor is [rows, …]. */
export interface GoldenGraph {
  readonly inputs: NamedTensors;
  readonly outputs: NamedTensors;
}

/** Inputs and outputs recorded from the trainer, for checking any runtime. */
export interface Golden {
  readonly graphs: Readonly<Partial<Record<GraphName, GoldenGraph>>>;
}

/** The name that exports give the file. */
export const GOLDEN_FILE = 'golden.safetensors';

/** `format` of the file's metadata. The first format was JSON, `golden.json`. */
const FORMAT = 'latentkit golden 2';
const GRAPHS: readonly string[] = Object.keys(CardSchema.entries.graphs.entries);
const SIDES = ['inputs', 'outputs'] as const;

/**
 * The bytes of a golden file: safetensors, in which `encoder/inputs/x` is the input `x` of the encoder.
 * The same values give the same bytes.
 *
 * @throws ArgumentError for what are no golden values
 */
export function writeGolden(golden: Golden): Uint8Array {
  const graphs: unknown = golden?.graphs;
  if (typeof graphs !== 'object' || graphs === null) {
    throw new ArgumentError('golden', 'golden values, { graphs: { encoder: … } }', golden);
  }
  const tensors = new Map<string, Tensor>();
  for (const [graph, values] of Object.entries(graphs as Record<string, GoldenGraph>)) {
    const fault = GRAPHS.includes(graph) ? faultOf(values) : 'no graph of a model';
    if (fault) throw new ArgumentError(`golden.graphs.${graph}`, 'inputs and outputs', fault);
    for (const side of SIDES) {
      for (const [name, value] of Object.entries(values[side])) {
        tensors.set(`${graph}/${side}/${name}`, value);
      }
    }
  }
  return encodeSafetensors({ tensors, metadata: { format: FORMAT } });
}

/**
 * Reads a golden file. Whether the bytes are those of the card is not known here: `loadGolden` compares them.
 *
 * @param source where the bytes came from, for messages
 * @throws LatentkitError `invalid-data` for another or a damaged file, `unsupported-format` for golden
 *   values of another version
 */
export function readGolden(bytes: Uint8Array, source = GOLDEN_FILE): Golden {
  if (!isBytes(bytes)) throw new ArgumentError('bytes', 'a Uint8Array', bytes);
  if (isJson(bytes)) {
    throw new LatentkitError(
      'unsupported-format',
      `${source} holds golden values as JSON, as an earlier version wrote them; this one reads ` +
        'safetensors. Export the model again. (It runs as it is: only checks need the file.)',
    );
  }
  const { tensors, metadata } = decodeSafetensors(bytes, source);
  const { format } = metadata;
  if (format !== FORMAT) {
    const other = format?.startsWith('latentkit golden ');
    throw new LatentkitError(
      other ? 'unsupported-format' : 'invalid-data',
      other
        ? `${source} has the format '${format}'; this version reads '${FORMAT}'. Export the model again, or use a newer version of latentkit.`
        : `${source} is a safetensors file, but not one of golden values. Export the model again.`,
    );
  }
  const graphs: Record<
    string,
    { inputs: Record<string, Tensor>; outputs: Record<string, Tensor> }
  > = {};
  const fail = (fault: string) =>
    new LatentkitError(
      'invalid-data',
      `${source} holds no usable golden values: ${fault}. Export the model again.`,
    );
  for (const [path, value] of tensors) {
    const [graph = '', side, ...rest] = path.split('/');
    if (!GRAPHS.includes(graph) || (side !== 'inputs' && side !== 'outputs') || !rest.length) {
      throw fail(`'${path}' is no input or output of a graph`);
    }
    graphs[graph] ??= { inputs: {}, outputs: {} };
    graphs[graph][side][rest.join('/')] = value;
  }
  for (const [graph, values] of Object.entries(graphs)) {
    const fault = faultOf(values);
    if (fault) throw fail(`the ${graph} has ${fault}`);
  }
  return { graphs };
}

/** What a graph lacks to be checked. */
function faultOf(values: unknown): string | undefined {
  const sides = (values ?? {}) as Partial<Record<(typeof SIDES)[number], unknown>>;
  const missing = SIDES.find((side) => Object.keys(sides[side] ?? {}).length === 0);
  return missing && `no ${missing}`;
}

/** The length of a safetensors header has zeros in its high bytes, where text has none. */
function isJson(bytes: Uint8Array): boolean {
  return bytes[0] === '{'.charCodeAt(0) && bytes[7] !== 0;
}
