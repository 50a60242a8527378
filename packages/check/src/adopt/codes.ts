import { LatentkitError } from '@latentkit/core';
import { type Graph, GraphBuilder, type Model, type ValueInfo } from '@latentkit/onnx';
import { findLookUp, type LookUp } from './look-up.ts';
import { freeName } from './surgery/constants.ts';
import { behind, cut } from './surgery/cut.ts';
import { after, before, constant, node } from './surgery/insert.ts';

/** What a model of codes is made of. */
export interface CodeParts {
  readonly codebook: Model;
  readonly decoder: Model;
  /** [height, width]; [1, length] of a sequence. */
  readonly grid: [number, number];
  readonly codes: number;
  readonly dim: number;
  /** [codes, dim] */
  readonly entries: readonly number[];
}

const INT32 = 6n;
const INT64 = 7n;

/** Whether a value is of indices. */
export function isIndices({ type }: ValueInfo): boolean {
  return type.kind === 'tensor' && (type.dtype === 'int64' || type.dtype === 'int32');
}

/**
 * Splits a decoder of indices where the entries of its codebook are looked up. The codebook then takes `indices`, int32
 * [n, height, width], and gives the entries, which the decoder takes.
 *
 * @throws LatentkitError `invalid-data` where the grid is not known, or there is no look-up
 */
export async function splitCodebook(
  decoder: Model,
  indices: ValueInfo,
  output: ValueInfo,
): Promise<CodeParts> {
  const [batch, ...cells] = (indices.type.kind === 'tensor' && indices.type.shape) || [];
  if (!isGrid(cells)) {
    const shape = [batch, ...cells].map((dim) => dim ?? '?').join(', ');
    throw new LatentkitError(
      'invalid-data',
      `The decoder takes indices ('${indices.name}') as [${shape}], which is no grid of a known size. Export it for ` +
        '[n, height, width] indices, or [n, length] of a sequence, with the first dimension alone open: of ' +
        'torch.onnx.export, dynamic_shapes (or dynamic_axes).',
    );
  }
  const found = await findLookUp(decoder, indices, cells);
  if (!found) {
    throw new LatentkitError(
      'invalid-data',
      `The decoder takes indices ('${indices.name}'), but it has no float32 matrix [codes, size] of which it takes the ` +
        'rows that they name (of torch, F.embedding(indices, weight), weight[indices], or a product with ' +
        'F.one_hot(indices, codes)): that would be the codebook. Export a decoder that looks the entries up so, and ' +
        'does nothing else with the indices.',
    );
  }
  const { codes, dim, entries } = found;
  const grid: [number, number] = cells.length === 2 ? cells : [1, cells[0]];
  const vectors = [batch ?? null, ...cells, dim];
  const between: ValueInfo = {
    name: found.value,
    type: { kind: 'tensor', dtype: 'float32', shape: vectors },
    docString: '',
  };
  return {
    codebook: codebookOf(indices.name, between, grid, found),
    decoder: behindLookUp(decoder, indices, between, output, found),
    grid,
    codes,
    dim,
    entries: Array.from(entries),
  };
}

type Cells = readonly [number] | [number, number];

function isGrid(cells: readonly unknown[]): cells is Cells {
  return cells.every((dim) => typeof dim === 'number') && [1, 2].includes(cells.length);
}

/** The look-up by itself, of a grid of int32. */
function codebookOf(
  indices: string,
  { name, type }: ValueInfo,
  grid: readonly number[],
  { codes, dim, entries }: LookUp,
): Model {
  const [, ...vectors] = (type.kind === 'tensor' && type.shape) || [];
  const g = new GraphBuilder('codebook');
  const fed = g.input(indices, 'int32', ['batch', ...grid]);
  const to = [-1n, ...vectors.slice(0, -1).map((size) => BigInt(size as number))];
  const isGrid = to.length - 1 === grid.length;
  const taken = isGrid
    ? fed
    : g.node('Reshape', [fed, g.initializer('sequence', 'int64', to, [to.length])]);
  const table = g.initializer('codebook', entries, [codes, dim]);
  const looked = g.node('Gather', [table, taken], {}, { output: name });
  g.output(looked, 'float32', ['batch', ...vectors]);
  return g.build();
}

/** What a decoder makes of entries, [n, …cells, dim]. */
function behindLookUp(
  decoder: Model,
  indices: ValueInfo,
  between: ValueInfo,
  output: ValueInfo,
  { dims, rows }: LookUp,
): Model {
  const rest = cut(decoder, [between, indices], [output]);
  const { graph } = rest;
  const sizes = graph.nodes.filter(({ opType }) => opType === 'Shape' || opType === 'Size');
  const stops = new Set(sizes.flatMap(({ outputs }) => outputs));
  if (behind(graph, [output.name], stops).reached.has(indices.name)) {
    throw new LatentkitError(
      'invalid-data',
      `The decoder uses its indices ('${indices.name}') for more than to look up entries of its codebook. Export one ` +
        'that makes items of the entries alone.',
    );
  }
  const shape = (between.type.kind === 'tensor' && between.type.shape) || [];
  const isRead = behind(graph, [output.name], new Set()).reached.has(indices.name);
  graph.inputs = graph.inputs.filter(({ name }) => name !== indices.name);
  if (dims.length !== shape.length || !shape.slice(1).every((size, i) => size === dims[i + 1])) {
    // The look-up was of indices in a row, whose number grows with the batch.
    const open = (dims[0] ?? 0) % rows === 0 ? 0 : 1;
    const to = dims.map((size, axis) => (axis === open ? -1 : size));
    before(graph, between.name, between.type, (fed, taken) => [
      node('Reshape', [fed, constant(graph, 'in_a_row', 'int64', to, [to.length])], taken),
    ]);
  }
  if (isRead) standIn(graph, indices, between.name);
  return rest;
}

/** Has sizes that are read off indices be those of the entries, of which there is one an index. */
function standIn(graph: Graph, { name, type }: ValueInfo, vectors: string): void {
  const first = constant(graph, 'first', 'int64', [0], []);
  const one = freeName(graph, 'one_an_index');
  const to = type.kind === 'tensor' && type.dtype === 'int64' ? INT64 : INT32;
  graph.nodes.unshift(
    node('Gather', [vectors, first], one, { axis: { type: 'int', value: -1n } }),
    node('Cast', [one], name, { to: { type: 'int', value: to } }),
  );
}

/**
 * Has an encoder give `indices`, int32 [n, height, width], and `z_e`, the vectors that embeddings are made of. Where it
 * gives none (`zE` is not an output), those are the entries that the indices name.
 */
export function giveCodes(
  { graph }: Model,
  { grid, codes, dim, entries }: Pick<CodeParts, 'grid' | 'codes' | 'dim' | 'entries'>,
  hasVectors: boolean,
): void {
  const int32 = { kind: 'tensor', dtype: 'int32', shape: ['batch', ...grid] } as const;
  const to = { type: 'int', value: INT32 } as const;
  after(graph, 'indices', { ...int32, shape: [...int32.shape] }, (given, told) => {
    const shape = constant(graph, 'grid', 'int64', [-1, ...grid], [3]);
    return [
      node('Cast', [given], 'indices_int32', { to }),
      node('Reshape', ['indices_int32', shape], told),
    ];
  });
  const floats = { kind: 'tensor', dtype: 'float32', shape: ['batch', ...grid, dim] } as const;
  const type = { ...floats, shape: [...floats.shape] };
  if (hasVectors) {
    const vectors = graph.outputs.find(({ name }) => name === 'z_e')?.type;
    const shape = vectors?.kind === 'tensor' ? vectors.shape?.slice(1) : undefined;
    const channelsFirst = shape?.join() === [dim, ...grid].join();
    if (channelsFirst && shape?.join() !== [...grid, dim].join()) {
      after(graph, 'z_e', type, (given, told) => [
        node('Transpose', [given], told, { perm: { type: 'ints', value: [0n, 2n, 3n, 1n] } }),
      ]);
    }
    return;
  }
  const table = constant(graph, 'codebook', 'float32', entries, [codes, dim]);
  graph.nodes.push(node('Gather', [table, 'indices'], 'z_e'));
  graph.outputs.push({ name: 'z_e', type, docString: '' });
}
