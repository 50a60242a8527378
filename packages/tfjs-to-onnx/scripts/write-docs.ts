import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs';
import { supportTable, TABLE_PATH } from '../src/support/support-table.ts';

/** Writes the table of supported layers and kernels into the docs. */
const file = join(import.meta.dirname, '../../..', TABLE_PATH);
writeFileSync(file, supportTable());
console.log(`wrote ${TABLE_PATH}`);
