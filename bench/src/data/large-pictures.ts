import { join } from 'node:path';
import { writePictures } from '../pictures.ts';
import { type Row, row } from '../report.ts';
import { trainer } from './first-epoch.ts';

const SIDE = 256;
/** Items a step, so that each network stays below 4 GiB. */
const BATCHES = { conv: 16, resnet: 8 };
/** More to test than are tested together at this size. */
const COUNTS = { train: 64, test: 128 };

/** The peak memory of an epoch on pictures of 256 × 256 in colour, tested on 128 of them, with each standard network. */
export async function largePictures(folder: string): Promise<Row[]> {
  const pictures = join(folder, 'pictures');
  for (const [part, count] of Object.entries(COUNTS)) {
    const set = { count, width: SIDE, height: SIDE, format: 'jpeg' } as const;
    await writePictures(join(pictures, part), set);
  }
  const rows: Row[] = [];
  for (const [architecture, batchSize] of Object.entries(BATCHES)) {
    const data = { name: 'files', dataDir: pictures, image: `${SIDE}x${SIDE}` };
    const settings = { data, architecture, batchSize, epochs: 1 };
    const participant = trainer('ours', join(folder, architecture), settings);
    try {
      const reason = await participant.start();
      if (reason !== undefined) throw new Error(reason);
      const { peakMiB } = await participant.ask(1);
      const name = `an epoch of the standard ${architecture} on ${SIDE} × ${SIDE} in colour, batch ${batchSize}: peak resident memory`;
      rows.push(row(name, 'MiB', 'ours', new Map([['ours', [peakMiB as number]]])));
    } finally {
      await participant.stop();
    }
  }
  return rows;
}
