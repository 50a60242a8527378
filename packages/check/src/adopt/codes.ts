import { LatentkitError, sizeOf } from '@latentkit/core';
import { inferShapes, type Model, tensorToArray, type ValueInfo } from '@latentkit/onnx';
import { constantOf } from './surgery/constants.ts';
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
 * Splits a decoder of indices where the entries of its codebook are looked up: a Gather of rows of a matrix, by the
 * indices. The codebook then takes `indices`, int32 [n, height, width], and gives `z_q`, which the decoder takes.
 *
 * @throws LatentkitError `invalid-data` where there is no such Gather
 */
export function splitCodebook(decoder: Model, indices: ValueInfo, output: ValueInfo): CodeParts {
  const { graph } = decoder;
  const lookup = graph.nodes.find(
    ({ opType, inputs, attributes }) =>
      opType === 'Gather' &&
      (attributes.get('axis')?.value ?? 0n) === 0n &&
      constantOf(graph, inputs[0] ?? '')?.dims.length === 2 &&
      behind(graph, [inputs[1] ?? ''], new Set()).reached.has(indices.name),
  );
  const table = lookup && constantOf(graph, lookup.inputs[0] ?? '');
  const looked = lookup?.outputs[0];
  const type = looked === undefined ? undefined : inferShapes(decoder).types.get(looked);
  const cells = indices.type.kind === 'tensor' ? (indices.type.shape?.slice(1) ?? []) : [];
  const isGrid = cells.every((dim) => typeof dim === 'number') && [1, 2].includes(cells.length);
  if (!looked || !table || !type || !isGrid) {
    throw new LatentkitError(
      'invalid-data',
      `The decoder takes indices ('${indices.name}'), but no Gather of a codebook's rows by them was found, or their ` +
        'grid is not [height, width] or [length]. Export a decoder that takes [n, height, width] indices and looks ' +
        'them up itself (torch.nn.functional.embedding).',
    );
  }
  const [codes = 0, dim = 0] = table.dims;
  const sizes = cells as number[];
  const grid: [number, number] =
    sizes.length === 2 ? (sizes as [number, number]) : [1, sizes[0] as number];
  const between = { name: looked, type, docString: '' };
  const codebook = cut(decoder, [indices], [between]);
  takeGrid(codebook, indices, grid);
  return {
    codebook,
    decoder: cut(decoder, [between], [output]),
    grid,
    codes,
    dim,
    entries: Array.from(tensorToArray(table) as Float32Array),
  };
}

/** Has a codebook take a grid of int32. */
function takeGrid({ graph }: Model, { name, type }: ValueInfo, grid: [number, number]): void {
  if (type.kind !== 'tensor') return;
  const flat = type.shape?.length === 2;
  const own = { type: 'int', value: type.dtype === 'int64' ? INT64 : INT32 } as const;
  const taking = { kind: 'tensor', dtype: 'int32', shape: ['batch', ...grid] } as const;
  before(graph, name, { ...taking, shape: [...taking.shape] }, (fed, taken) => {
    if (!flat) return [node('Cast', [fed], taken, { to: own })];
    const to = constant(graph, 'sequence', 'int64', [-1, sizeOf(grid)], [2]);
    return [
      node('Cast', [fed], 'grid_indices', { to: own }),
      node('Reshape', ['grid_indices', to], taken),
    ];
  });
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
