import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { importsOfRooms } from '../folder-circles.ts';

/** The ways through the code that CONTRIBUTING.md tells, room by room. */
const ROOT = resolve(__dirname, '../..');
const GUIDE = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
const CORE = 'packages/core/src';
const EXPORTER = 'packages/tfjs-to-onnx/src';
const WALKS = [
  ['The way of a batch', CORE],
  ['The way of a configuration', '.'],
  ['The way of a function', EXPORTER],
] as const;

/** The paths that each item of a way names, its room first. */
function itemsOf(guide: string, title: string): string[][] {
  const [, section = ''] = new RegExp(`^## ${title}$(.*?)(?=^## |(?![^]))`, 'ms').exec(guide) ?? [];
  const items = section.match(/^\d+\. .*?$(?:\n {2,}\S.*?$)*/gm) ?? [];
  return items.map((item) =>
    [...item.matchAll(/`([\w./-]+(?:\/|\.ts))`/g)].map(([, path = '']) => path),
  );
}

/** Paths that lead nowhere: from the root of the way, and those after the first also from the room. */
function missing(items: readonly string[][], root: string): string[] {
  return items.flatMap(([room = '', ...others]) => {
    const inside = room.endsWith('/') ? room : dirname(room);
    const found = (...path: string[]) => existsSync(join(ROOT, root, ...path));
    return [
      ...(room !== '' && found(room) ? [] : [room]),
      ...others.filter((path) => !found(path) && !found(inside, path)),
    ];
  });
}

/** The rooms of a way as `importsOfRooms` has them. */
const roomsOf = (items: readonly string[][]) =>
  items.map(([room = '']) => room.split('/')[0] as string);

/** Imports of a way that go back to a room above. */
function upward(root: string, rooms: readonly string[]): string[] {
  const imports = importsOfRooms(join(ROOT, root));
  return rooms.flatMap((room, i) =>
    rooms
      .slice(0, i)
      .filter((above) => imports.get(room)?.has(above))
      .map((above) => `${room} → ${above}`),
  );
}

/** Rooms of a way that none before them imports. */
function beside(root: string, rooms: readonly string[]): string[] {
  const imports = importsOfRooms(join(ROOT, root));
  return rooms
    .slice(1)
    .filter((room, i) => !rooms.slice(0, i + 1).some((above) => imports.get(above)?.has(room)));
}

describe.each(WALKS)('%s', (title, root) => {
  const items = itemsOf(GUIDE, title);

  test('leads through rooms that there are, each once', () => {
    expect(items.length).toBeGreaterThan(4);
    expect(missing(items, root)).toEqual([]);
    expect(new Set(items.map(([room]) => room)).size).toBe(items.length);
  });
});

describe('a room of the way', () => {
  const batch = roomsOf(itemsOf(GUIDE, 'The way of a batch'));
  const exported = roomsOf(itemsOf(GUIDE, 'The way of a function'));

  test('of a batch imports none above it', () => {
    expect(upward(CORE, batch)).toEqual([]);
    expect(upward(CORE, [...batch].reverse())).toContain('model → batch');
  });

  test('of a batch or a function is imported by one before it', () => {
    expect(beside(CORE, batch)).toEqual([]);
    expect(beside(EXPORTER, exported)).toEqual([]);
    expect(beside(CORE, ['run', ...batch.filter((room) => room !== 'run')])).toEqual(['load']);
  });

  test('is missed where there is none of its name', () => {
    const guide =
      '## A way\n\n1. `load/`: `load.ts`,\n   `gone.ts`\n2. `gone/` and `y`\n3. None\n\n## End\n';
    const items = itemsOf(guide, 'A way');
    expect(items).toEqual([['load/', 'load.ts', 'gone.ts'], ['gone/'], []]);
    expect(missing(items, CORE)).toEqual(['gone.ts', 'gone/', '']);
  });
});
