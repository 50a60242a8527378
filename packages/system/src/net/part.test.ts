import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import { removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { Part } from './part.ts';
import { PartialFile } from './partial-file.ts';

afterAll(removeTemporaryFolders);
afterEach(() => {
  jest.restoreAllMocks();
});

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const full = () => Promise.reject(Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' }));

describe('Part', () => {
  test('is a file that gets its name at the end', async () => {
    const folder = temporaryFolder();
    const complaints: unknown[] = [];
    const part = await Part.open(folder, 'key', (cause) => complaints.push(cause));
    await part.append(Buffer.from('some '));
    await part.append(Buffer.from('bytes'));
    expect([part.size, text(await part.read())]).toEqual([10, 'some bytes']);
    await part.keepAs(join(folder, 'kept'));
    expect(readFileSync(join(folder, 'kept'), 'utf8')).toBe('some bytes');
    expect(complaints).toEqual([]);
  });

  test('goes on in memory when the disk is full, and leaves nothing on it', async () => {
    const folder = temporaryFolder();
    const complaints: unknown[] = [];
    const part = await Part.open(folder, 'key', (cause) => complaints.push(cause));
    await part.append(Buffer.from('some '));
    jest.spyOn(PartialFile.prototype, 'append').mockImplementation(full);
    await part.append(Buffer.from('more '));
    await part.append(Buffer.from('bytes'));
    expect([part.size, text(await part.read())]).toEqual([15, 'some more bytes']);
    expect(complaints).toMatchObject([{ code: 'ENOSPC' }]);
    expect(readdirSync(folder)).toEqual([]);
    await part.truncate(5);
    await part.append(Buffer.from('x'));
    expect([part.size, text(await part.read())]).toEqual([6, 'some x']);
    await part.keepAs(join(folder, 'kept'));
    await part.abandon();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is in memory from the start where its folder cannot be made', async () => {
    const complaints: unknown[] = [];
    const part = await Part.open('/dev/null/folder', 'key', (cause) => complaints.push(cause));
    await part.append(Buffer.from('bytes'));
    expect(text(await part.read())).toBe('bytes');
    expect(complaints).toHaveLength(1);
    await part.remove();
    expect(existsSync('/dev/null/folder')).toBe(false);
  });
});
