import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { errorOf, folderOf, pictures, removeTemporaryFolders, zip } from '../testing.ts';
import { parseLabelsTable } from './labels-table.ts';
import { openPictures } from './open-source.ts';

afterAll(removeTemporaryFolders);

const three = () => pictures(3, (i) => `${i}.png`);
const table = (text: string) => folderOf({ ...three(), 'labels.csv': text });
const labels = async (path: string) => (await openPictures(path)).entries.map(({ label }) => label);

describe('columns', () => {
  test("that of the files is the first by rank, whatever stands before it: 'id' is the last", async () => {
    const rows = [0, 1, 2].map((i) => `${i},${i}.png,c${i}`).join('\n');
    expect(await labels(await table(`id,file,label\n${rows}\n`))).toEqual(['c0', 'c1', 'c2']);
  });

  test('two of one name are refused', () => {
    expect(() => parseLabelsTable('file,x,x\n0.png,1,2\n', 'labels.csv')).toThrow(
      /^labels\.csv: two columns are called 'x'/,
    );
    // As spreadsheets leave them behind.
    expect(parseLabelsTable('file,,\n0.png,,\n', 'labels.csv').factorNames).toEqual([]);
  });

  test('of numbers that float32 does not hold are no factors', () => {
    const text = 'file,a,b\n0.png,1e38,1e39\n1.png,2,3\n';
    expect(parseLabelsTable(text, 'labels.csv').factorNames).toEqual(['a']);
  });
});

test.each([
  ['\n', ''],
  ['\r\n', ''],
  ['\n', '\ufeff'],
])('rows are named by the lines in which they begin, lines ended by %j', (end, mark) => {
  const text = ['file,note', '', '0.png,"a', '', 'b"', '1.png,c', ' ', '2.png,"d', 'e"'].join(end);
  const { rows } = parseLabelsTable(`${mark}${text}`, 'labels.csv');
  expect(rows.map(({ line }) => line)).toEqual([3, 6, 8]);
  expect(() => parseLabelsTable(`${text}${end}0.png,z`, 'labels.csv')).toThrow(
    /0\.png stands in lines 3 and 10/,
  );
});

test('a row without a label is told, where others have one', async () => {
  const error = await errorOf(async () =>
    openPictures(await table('file,label\n0.png,a\n1.png,\n2.png,b\n')),
  );
  expect(error.code).toBe('invalid-data');
  expect(error.message).toMatch(/of 3 pictures 1 have no label: 1\.png \(line 3\)\. Give/);
  expect(await labels(await table('file,label\n0.png,\n1.png,\n2.png,\n'))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

describe('another encoding than UTF-8', () => {
  const text = 'file,label\n0.png,é\n1.png,ü\n2.png,é\n';
  const latin1 = Buffer.from(text, 'latin1');
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le');

  test.each([latin1, utf16])('is refused wherever the table stands', async (bytes) => {
    const members = [
      ...(await Promise.all(
        Object.entries(three()).map(async ([name, file]) => [name, await file] as const),
      )),
      ['labels.csv', bytes] as const,
    ];
    const folder = await folderOf({
      ...three(),
      'labels.csv': bytes,
      'list.csv': bytes,
      'list.txt': bytes,
      'all.zip': zip(members),
    });
    for (const name of ['', 'list.csv', 'list.txt', 'all.zip']) {
      const error = await errorOf(() => openPictures(join(folder, name)));
      expect([name, error.code, error.message]).toEqual([
        name,
        'invalid-data',
        expect.stringMatching(/is no text in UTF-8.*Save it in UTF-8/),
      ]);
    }
  });

  test('UTF-8 is read, with and without its mark', async () => {
    for (const mark of ['', '\ufeff']) {
      const folder = await folderOf({ ...three(), 'list.txt': `${mark}0.png\n1.png\n` });
      expect((await openPictures(join(folder, 'list.txt'))).entries).toHaveLength(2);
      expect(await labels(await table(`${mark}${text}`))).toEqual(['é', 'ü', 'é']);
    }
  });
});

test('a glob of some pictures has their rows, and a row of no picture is told all the same', async () => {
  const rows = [0, 1, 2].map((i) => `${i}.png,c${i}`).join('\n');
  const folder = await table(`file,label\n${rows}\n`);
  expect(await labels(join(folder, '[01].png'))).toEqual(['c0', 'c1']);
  const more = await table(`file,label\n${rows}\n7.png,c7\n`);
  const error = await errorOf(() => openPictures(join(more, '[01].png')));
  expect(error.message).toMatch(/1 name no picture: 7\.png/);
});

test('the table is none of the files that are passed over, in a folder as in a zip', async () => {
  const text = 'file,label\n0.png,a\n1.png,b\n2.png,a\n';
  const folder = await folderOf({ ...three(), 'labels.csv': text, 'notes.md': 'x' });
  expect((await openPictures(folder)).others).toBe(1);
});

test.each(['ok/./0.png', './ok/0.png', 'ok/../ok/0.png'])(
  'a picture that a list names again as %s is told',
  async (again) => {
    const folder = await folderOf({
      ...pictures(2, (i) => `ok/${i}.png`),
      'list.txt': `ok/0.png\nok/1.png\n${again}\n`,
      'list.csv': `file,label\nok/0.png,a\n${again},b\n`,
    });
    for (const [name, words] of [
      ['list.txt', /names ok\/0\.png more than once/],
      ['list.csv', /ok\/0\.png stands in lines 2 and 3/],
    ] as const) {
      expect((await errorOf(() => openPictures(join(folder, name)))).message).toMatch(words);
    }
  },
);
