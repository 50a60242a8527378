import { resolve } from 'node:path';
import { sizeOf } from '@latentkit/core';
import type { DataLook } from '@latentkit/data';
import { formatFault, formatPlural, quoteArgument, writeFileWhole } from '@latentkit/system';
import { DATA_SETTINGS } from '@latentkit/training/settings';
import type { Command } from 'commander';
import { offerValues } from '../completion/offered-values.ts';
import { runFolder } from '../data-name.ts';
import { formatColumns, formatCount } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { parseNumber } from '../options.ts';
import { keepInputs } from '../pictures/picture-inputs.ts';
import { checkSheetPath } from '../pictures/picture-path.ts';
import { prepareProgress } from '../progress/prepare-progress.ts';

const EXAMPLES = `
Examples:
  latentkit data ./photos                         what is in the folder, and how to train on it
  latentkit data ./photos --image 96x64 --sheet photos.png
                                                  as items 96 high and 64 wide, drawn on a sheet
  latentkit data faces.zip --json                 the same for machines

A data set is a folder or glob of pictures, a list of them (.txt, .csv, .tsv), a .zip or .tar of them, an
IDX file, or an .npy or .npz. What is decoded here is kept, and training does not decode it again.`;

interface DataFlags {
  readonly image?: string;
  readonly colour?: string;
  readonly fit?: string;
  readonly background?: string;
  readonly testShare?: number;
  readonly sheet?: string;
  readonly json?: boolean;
}

const SHEET_COLUMNS = 12;
const SHEET_ITEMS = 8 * SHEET_COLUMNS;
const SHOWN = 10;

export function addData(program: Command, io: Io): void {
  const command = program
    .command('data')
    .summary('look at a data set before training on it')
    .description('Look at a data set: counts, sizes, classes, bad files, and what to type next.')
    .argument('<path>', 'a folder, glob, list, archive or array of pictures')
    .option('--image <HxW>', 'height x width of an item (default: found from the pictures)')
    .option('--colour <name>', 'rgb or grey (default: found from the pictures)')
    .option('--fit <name>', 'cover, contain or fill (default: cover)')
    .option('--background <colour>', 'behind transparent pixels and around (default: white)')
    .option('--test-share <x>', 'share of the items for testing (default: 0.1)', parseNumber)
    .option('--sheet <file>', `draw ${SHEET_ITEMS} items on a sheet (.png)`)
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', EXAMPLES)
    .action((path: string, flags: DataFlags) =>
      interruptible(io, 'Stopping after this picture.', (signal) => look(path, flags, signal, io)),
    );
  offerValues(command, {
    '--colour': DATA_SETTINGS.colour.domain.names ?? [],
    '--fit': DATA_SETTINGS.fit.domain.names ?? [],
  });
}

async function look(path: string, flags: DataFlags, signal: AbortSignal, io: Io): Promise<void> {
  if (flags.sheet !== undefined) {
    checkSheetPath('--sheet', flags.sheet);
    keepInputs(flags.sheet, [path], '--sheet');
  }
  // Loaded here, so that help and usage errors do not wait for it.
  const { lookAtData, parseSize } = await import('@latentkit/data');
  const found = await lookAtData({
    path,
    image: flags.image === undefined ? undefined : parseSize(flags.image),
    colour: flags.colour as 'rgb' | 'grey' | undefined,
    fit: flags.fit as 'cover' | undefined,
    background: flags.background,
    testShare: flags.testShare,
    // As the command that is suggested keeps them, so that it tells the same counts.
    validationShare: DATA_SETTINGS.validationShare.standard as number,
    signal,
    onProgress: prepareProgress(io),
  });
  if (flags.sheet !== undefined) await writeSheet(found, flags.sheet);
  for (const warning of found.warnings) io.err(`warning: ${warning}`);
  const command = suggestCommand(path, flags, found);
  io.out(
    flags.json
      ? JSON.stringify(toJson(found, command), null, 2)
      : describe(found, command, flags.sheet),
  );
}

function describe(found: DataLook, command: string, sheet: string | undefined): string {
  const { data, count, others, pictures, classes, bad, nearDuplicates } = found;
  const [height, width, channels] = data.itemShape;
  const parts = [
    `${formatCount(data.train.count)} to train on`,
    ...(data.validation ? [`${formatCount(data.validation.count)} to validate`] : []),
    `${formatCount(data.test.count)} to test`,
  ];
  const rows = [
    ['data', `${data.name}: ${formatPlural(count, 'item')}, ${parts.join(', ')}`],
    ...(pictures ? [['pictures', describePictures(pictures)]] : []),
    ['items', `${height} × ${width} (height × width), ${channels === 1 ? 'grey' : 'in colour'}`],
    ['values', data.valueRange.map((value) => Number(value.toPrecision(4))).join(' to ')],
    ...(classes.length > 0 ? [['classes', describeClasses(classes)]] : []),
    ...(data.train.factors ? [['factors', data.train.factors.names.join(', ')]] : []),
    ...(others > 0 ? [['others', `${formatPlural(others, 'file')} of other kinds`]] : []),
    ...(sheet === undefined ? [] : [['sheet', sheet]]),
    ['bad', bad.length === 0 ? 'none' : formatCount(bad.length)],
  ];
  const list = (lines: readonly string[]) => [
    ...lines.slice(0, SHOWN).map((line) => `  - ${line}`),
    ...(lines.length > SHOWN ? [`  - and ${formatCount(lines.length - SHOWN)} more`] : []),
  ];
  return [
    formatColumns(rows),
    ...list(bad.map(formatFault)),
    ...(nearDuplicates.length > 0
      ? [
          `${formatPlural(nearDuplicates.length, 'test item')} nearly equal a training item: figures on them measure memory.`,
        ]
      : []),
    `Next:  ${command}`,
  ].join('\n');
}

function describePictures({
  sampled,
  width,
  height,
  grey,
  transparent,
}: NonNullable<DataLook['pictures']>): string {
  const range = ([low, high]: readonly [number, number]) =>
    low === high ? `${low}` : `${low}–${high}`;
  const some = (count: number, what: string) =>
    count === 0 ? [] : [count === sampled ? `all ${what}` : `${count} ${what}`];
  const kinds = [...some(grey, 'grey'), ...some(transparent, 'with transparent parts')];
  return `${range(height)} × ${range(width)} pixels${kinds.map((kind) => `, ${kind}`).join('')} (of ${sampled} looked at)`;
}

function describeClasses(classes: DataLook['classes']): string {
  const shown = classes.slice(0, SHOWN).map(({ name, count }) => `${name} (${formatCount(count)})`);
  const more = classes.length - shown.length;
  return `${classes.length}: ${shown.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

/** The command that trains on what was looked at. */
function suggestCommand(
  path: string,
  flags: DataFlags,
  { data, unreadable, count }: DataLook,
): string {
  const [height, width, channels] = data.itemShape;
  const given = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name}`, quoteArgument(String(value))];
  const share = unreadable / (unreadable + count);
  return [
    'npx latentkit train',
    ...given('data', path),
    ...given('image', `${height}x${width}`),
    ...given('colour', flags.colour ?? (channels === 1 ? 'grey' : undefined)),
    ...given('fit', flags.fit),
    ...given('background', flags.background),
    ...given('test-share', flags.testShare),
    ...(share > 0.01 ? given('max-bad', Math.ceil(share * 100) / 100) : []),
    ...given('architecture', 'conv'),
    ...(channels === 1 ? [] : ['--likelihood gaussian --sigma learned']),
    // Where it would go anyway: who looks for the run then knows where it is.
    ...given('out', runFolder({ name: 'files', dataDir: path })),
  ].join(' ');
}

async function writeSheet({ data }: DataLook, file: string): Promise<void> {
  const { gatherItems } = await import('@latentkit/data');
  const { drawSheet } = await import('../report/sheet.ts');
  const { rasterToPng } = await import('../report/png.ts');
  const { itemShape, valueRange: range, train } = data;
  const shown = spread(train.labels, SHEET_ITEMS);
  const items = gatherItems(train, shown, new Float32Array(shown.length * sizeOf(itemShape)));
  const columns = Math.min(SHEET_COLUMNS, train.count);
  const scale = Math.max(1, Math.round(64 / itemShape[1]));
  const path = resolve(file);
  const png = await rasterToPng(drawSheet(items, { itemShape, range, columns, scale }));
  await writeFileWhole(path, png, { makeFolders: true });
}

/** Some items of all, evenly: class by class, and in each from the first to the last. */
function spread(labels: ArrayLike<number>, most: number): Uint32Array {
  const byClass = Array.from(labels, (label, row) => [label, row] as const).sort(
    ([label, row], [other, otherRow]) => label - other || row - otherRow,
  );
  const count = Math.min(byClass.length, most);
  return Uint32Array.from({ length: count }, (_, i) => {
    const [, row] = byClass[Math.floor((i * byClass.length) / count)] as readonly [number, number];
    return row;
  });
}

function toJson({ data, nearDuplicates, ...found }: DataLook, command: string) {
  return {
    name: data.name,
    itemShape: data.itemShape,
    valueRange: data.valueRange,
    train: data.train.count,
    validation: data.validation?.count ?? 0,
    test: data.test.count,
    ...found,
    factors: data.train.factors?.names ?? [],
    nearDuplicates: nearDuplicates.length,
    command,
  };
}
