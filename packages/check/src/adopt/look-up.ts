import { type GraphRunner, sizeOf, type Tensor } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import {
  type Graph,
  type Model,
  type Node,
  type TensorData,
  tensorToArray,
  type ValueInfo,
  writeModel,
} from '@latentkit/onnx';
import { constantOf } from './surgery/constants.ts';
import { behind, cut } from './surgery/cut.ts';

/** Where a decoder takes the entries of its codebook by indices. */
export interface LookUp {
  /** The value that holds the entries, an entry an index, in the order of the indices. */
  readonly value: string;
  /** What that value was, of so many rows of indices. */
  readonly dims: readonly number[];
  readonly rows: number;
  readonly codes: number;
  readonly dim: number;
  /** [codes, dim] */
  readonly entries: Float32Array;
}

/** Operators that take rows of a matrix: by indices themselves, or as products with one-hot vectors of them. */
const TAKING: Readonly<Record<string, 'rows' | 'either'>> = {
  Gather: 'rows',
  GatherND: 'rows',
  MatMul: 'either',
  Gemm: 'either',
  Einsum: 'either',
};

/** Rows of indices in a run, where the batch is open. */
const ROWS = 2;

/**
 * Finds the look-up of a codebook by what it computes: however it is written, a matrix of the file goes in, and its rows
 * come out as the indices name them, for every index that there is.
 *
 * @param cells sizes of a row of indices
 */
export async function findLookUp(
  decoder: Model,
  indices: ValueInfo,
  cells: readonly number[],
): Promise<LookUp | undefined> {
  for (const { output, tables } of candidates(decoder.graph, indices.name)) {
    for (const table of tables) {
      const dims = await takes(decoder, indices, cells, output, table);
      if (dims) return { ...table, value: output, dims, rows: rowsOf(indices) };
    }
  }
  return undefined;
}

type Table = Pick<LookUp, 'codes' | 'dim' | 'entries'>;

interface Candidate {
  readonly output: string;
  readonly tables: readonly Table[];
}

/** What joins the indices with a matrix first: what lies behind that is arithmetic of decoding. */
function candidates(graph: Graph, indices: string): Candidate[] {
  const found: Candidate[] = [];
  const feeds = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  for (const node of graph.nodes) {
    const [output = ''] = node.outputs;
    const tables = tablesOf(graph, node);
    if (tables.length === 0) continue;
    const { reached } = behind(graph, [output], new Set());
    const needed = feeds.filter(({ name }) => reached.has(name));
    const isFirst = !found.some((earlier) => reached.has(earlier.output));
    if (isFirst && needed.length === 1 && needed[0]?.name === indices) {
      found.push({ output, tables });
    }
  }
  return found;
}

/** The matrix that a node takes rows of, as it lies or turned where its columns may be the entries. */
function tablesOf(graph: Graph, { opType, domain, inputs }: Node): Table[] {
  const taking = domain === '' ? TAKING[opType] : undefined;
  if (!taking) return [];
  const places = taking === 'rows' ? inputs.slice(0, 1) : inputs;
  const matrix = places.map((name) => matrixOf(graph, name)).find((each) => each !== undefined);
  if (!matrix) return [];
  return taking === 'rows' ? [matrix] : [matrix, turned(matrix)];
}

function matrixOf(graph: Graph, name: string): Table | undefined {
  const constant = constantOf(graph, name);
  if (constant) return asTable(constant);
  const maker = graph.nodes.find(({ outputs }) => outputs.includes(name));
  if (maker?.opType !== 'Transpose') return undefined;
  const matrix = matrixOf(graph, maker.inputs[0] ?? '');
  return matrix && turned(matrix);
}

function asTable(constant: TensorData): Table | undefined {
  const [codes, dim, ...more] = constant.dims;
  if (!codes || !dim || more.length > 0 || constant.dtype !== 'float32') return undefined;
  return { codes, dim, entries: tensorToArray(constant) as Float32Array };
}

function turned({ codes, dim, entries }: Table): Table {
  const at = (i: number) => entries[(i % codes) * dim + Math.floor(i / codes)] as number;
  return {
    codes: dim,
    dim: codes,
    entries: Float32Array.from({ length: entries.length }, (_, i) => at(i)),
  };
}

/** The dimensions of a value, where it holds the rows of a table that the indices name, whichever they are. */
async function takes(
  decoder: Model,
  indices: ValueInfo,
  cells: readonly number[],
  output: string,
  { codes, dim, entries }: Table,
): Promise<readonly number[] | undefined> {
  const type = { kind: 'tensor', dtype: 'float32', shape: null } as const;
  const part = cut(decoder, [indices], [{ name: output, type, docString: '' }]);
  const rows = rowsOf(indices);
  const count = rows * sizeOf(cells);
  let dims: readonly number[] | undefined;
  let runner: GraphRunner | undefined;
  try {
    runner = await createRunner(writeModel(part), { threads: 1 });
    for (let first = 0; first < codes; first += count) {
      const asked = Int32Array.from({ length: count }, (_, i) => (first + i) % codes);
      const fed = tensorOf(indices, asked, [rows, ...cells]);
      const { [output]: taken } = await runner.run({ [indices.name]: fed });
      if (!taken || taken.data.length !== count * dim) return undefined;
      const isRow = (code: number, place: number) => {
        const row = entries.subarray(code * dim, (code + 1) * dim);
        return row.every((value, i) => value === taken.data[place * dim + i]);
      };
      if (!asked.every(isRow)) return undefined;
      dims = taken.dims;
    }
  } catch {
    // Indices of another matrix than this one: beyond its rows, or of another width.
    return undefined;
  } finally {
    await runner?.dispose();
  }
  return dims;
}

function rowsOf({ type }: ValueInfo): number {
  const [batch] = (type.kind === 'tensor' && type.shape) || [];
  return typeof batch === 'number' ? batch : ROWS;
}

function tensorOf({ type }: ValueInfo, values: Int32Array, dims: readonly number[]): Tensor {
  return type.kind === 'tensor' && type.dtype === 'int64'
    ? { dtype: 'int64', dims, data: BigInt64Array.from(values, BigInt) }
    : { dtype: 'int32', dims, data: values };
}
