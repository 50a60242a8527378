import { describe, expect, test } from '@jest/globals';
import { namePictures } from './name-pictures.ts';

const named = (...ids: string[]) => ids.map(namePictures(ids));

describe('namePictures', () => {
  test('leaves endings out where a name is one file without them', () => {
    expect(named('cats/7.jpg', 'dogs/7.jpg', 'cats/8.tar.gz', 'plain')).toEqual([
      ...['cats/7', 'dogs/7', 'cats/8.tar', 'plain'],
    ]);
  });

  test('keeps them where a stem occurs more than once, also in another case or form', () => {
    expect(named('a.png', 'a.jpg', 'b.png')).toEqual(['a.png', 'a.jpg', 'b']);
    expect(named('A.png', 'a.jpg')).toEqual(['A.png', 'a.jpg']);
    expect(named('\u00e9.png', 'e\u0301.jpg')).toEqual(['\u00e9.png', 'e\u0301.jpg']);
  });

  test('what keeps its ending meets no other name', () => {
    expect(named('a.png', 'a.jpg', 'a.jpg.png')).toEqual(['a.png', 'a.jpg', 'a.jpg.png']);
    expect(named('a.jpg.png', 'a.jpg', 'a')).toEqual(['a.jpg.png', 'a.jpg', 'a']);
  });

  test('what is the same even so gets a number that no other has', () => {
    expect(named('a.png', 'A.PNG', '../a.png', 'a.png~2')).toEqual([
      ...['a.png', 'A.PNG~3', 'a.png~4', 'a.png~2'],
    ]);
    const ids = ['a.png', 'b.png', 'a.png'];
    expect(ids.map(namePictures(ids))).toEqual(['a.png', 'b', 'a.png~2']);
  });

  test('stays within the folder, and names what has no name', () => {
    expect(named('/x/../y//z.png', '.hidden', '..')).toEqual(['x/y/z', '.hidden', '_']);
  });

  test('any ids have as many names as there are, whatever they hang on', () => {
    const endings = ['', '.png', '.PNG', '.jpg', '.jpg.png', '.png.jpg', '~2', '.png~2'];
    const ids = ['a', 'A', 'b/a', 'a.jpg'].flatMap((stem) => endings.map((e) => `${stem}${e}`));
    for (let turn = 0; turn < ids.length; turn++) {
      const turned = [...ids.slice(turn), ...ids.slice(0, turn), ids[turn] as string];
      const names = turned.map(namePictures(turned)).map((name) => name.toLowerCase());
      expect(new Set(names).size).toBe(turned.length);
    }
  });
});
