import { parquetRead } from 'hyparquet';
import type { ExplorerInfo, SiteSettings } from './format.ts';

/** The rows of `points.parquet`, by columns. */
export interface Points {
  readonly info: ExplorerInfo;
  readonly count: number;
  /** Numbers of a latent. */
  readonly size: number;
  readonly ids: readonly string[];
  /** Positions in `info.labels`; absent where the items have none. */
  readonly labels: Uint16Array | undefined;
  /** Single numbers, by the name of the column. */
  readonly numbers: ReadonlyMap<string, Float32Array>;
  /** [count × size] */
  readonly vectors: Float32Array;
}

export async function loadSettings(): Promise<SiteSettings> {
  return (await get('site.json')).json() as Promise<SiteSettings>;
}

/** @throws Error that says which file is missing or of another making */
export async function loadPoints(): Promise<Points> {
  const info = (await (await get('data/explorer.json')).json()) as ExplorerInfo;
  if (info.format !== 1) {
    throw new Error(
      `The data are of format ${info.format}, and this page reads format 1. Write the site anew.`,
    );
  }
  const file = await (await get(`data/${info.points}`)).arrayBuffer();
  const { count, size } = info;
  const ids: string[] = new Array(count).fill('');
  const vectors = new Float32Array(count * size);
  const labels = info.labels.length > 0 ? new Uint16Array(count) : undefined;
  const labelAt = new Map(info.labels.map((label, i) => [label, i]));
  const names = [
    ...info.factors.map(({ column }) => column),
    ...info.projections.flatMap(({ columns }) => columns),
    ...['score', 'error', 'cluster'],
  ];
  const numbers = new Map(names.map((name) => [name, new Float32Array(count)]));
  await parquetRead({
    file,
    columns: ['id', 'vector', ...(labels ? ['label'] : []), ...names],
    onChunk({ columnName, columnData, rowStart }) {
      const from = rowStart;
      if (columnName === 'id') {
        for (const [i, id] of (columnData as string[]).entries()) ids[from + i] = id;
      } else if (columnName === 'label') {
        for (const [i, label] of (columnData as string[]).entries()) {
          if (labels) labels[from + i] = labelAt.get(label) ?? 0;
        }
      } else if (columnName === 'vector') {
        for (const [i, row] of (columnData as number[][]).entries()) {
          vectors.set(row, (from + i) * size);
        }
      } else {
        numbers.get(columnName)?.set(columnData as number[], from);
      }
    },
  });
  return { info, count, size, ids, labels, numbers, vectors };
}

async function get(path: string): Promise<Response> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: the server answered ${response.status}.`);
  return response;
}
