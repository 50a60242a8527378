import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

/** A column of numbers or texts, or of lists of so many numbers each. */
export interface PlainColumn {
  readonly name: string;
  readonly type: 'text' | 'float' | 'int';
  /** [n], or [n × list] */
  readonly values: ArrayLike<string> | ArrayLike<number>;
  /** Numbers of a list; absent for single values. */
  readonly list?: number | undefined;
}

/** A column each of whose values has several named parts. */
export interface StructColumn {
  readonly name: string;
  readonly parts: readonly PlainColumn[];
}

export type PointColumn = PlainColumn | StructColumn;

/** Rows that a reader must take together. */
const GROUP = 20_000;

const PHYSICAL = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  float: { type: 'FLOAT' },
  int: { type: 'INT32' },
} as const;

/** The bytes of a Parquet file with these columns, of `count` rows each. */
export function pointsFile(columns: readonly PointColumn[], count: number): Uint8Array {
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    createdBy: 'latentkit',
    statistics: false,
    schema: [
      { name: 'root', num_children: columns.length },
      ...columns.flatMap((column) =>
        'parts' in column
          ? [
              {
                name: column.name,
                repetition_type: 'REQUIRED',
                num_children: column.parts.length,
              } as const,
              ...column.parts.flatMap(elementsOf),
            ]
          : elementsOf(column),
      ),
    ],
  });
  for (let from = 0; from < count; from += GROUP) {
    const rows = Math.min(GROUP, count - from);
    file.write({
      rowGroupSize: rows,
      columnData: columns.map((column) => ({
        name: column.name,
        offsetIndex: false,
        data: Array.from({ length: rows }, (_, i) => valueAt(column, from + i)),
      })),
    });
  }
  file.finish();
  return new Uint8Array(writer.getBuffer());
}

/** What of a schema describes a column. */
function elementsOf({ name, type, list }: PlainColumn) {
  const physical = { ...PHYSICAL[type], repetition_type: 'REQUIRED' } as const;
  if (list === undefined) return [{ name, ...physical }];
  return [
    {
      name,
      converted_type: 'LIST',
      logical_type: { type: 'LIST' },
      repetition_type: 'REQUIRED',
      num_children: 1,
    } as const,
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 } as const,
    { name: 'element', ...physical },
  ];
}

function valueAt(column: PointColumn, row: number): unknown {
  if ('parts' in column) {
    return Object.fromEntries(column.parts.map((part) => [part.name, valueAt(part, row)]));
  }
  const { values, list } = column;
  if (list === undefined) return values[row];
  return Array.from({ length: list }, (_, j) => values[row * list + j]);
}
