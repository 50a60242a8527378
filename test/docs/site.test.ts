import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { siteLinks } from '../../docs/site/links.ts';
import { SECTIONS } from '../../docs/site/pages.ts';

const ROOT = resolve(__dirname, '../..');
const listed = SECTIONS.flatMap(({ pages }) => pages);
const pages = new Map(listed.map(({ file, page }) => [file, page]));

describe('the documentation on its site', () => {
  test('has every page of docs/ in its side bar, and none that is gone', () => {
    const written = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
    expect([...pages.keys()]).toEqual(
      expect.arrayContaining(written.map((name) => `docs/${name}`)),
    );
    expect(listed.filter(({ file }) => !existsSync(join(ROOT, file)))).toEqual([]);
    expect(new Set(pages.values()).size).toBe(listed.length);
  });

  test('has the API of every published package but the command', () => {
    const { entryPoints } = JSON.parse(
      readFileSync(join(ROOT, 'docs/site/typedoc.json'), 'utf8'),
    ) as { entryPoints: string[] };
    const packages = readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`);
    const libraries = [...packages, 'training'].filter((folder) => {
      const { name, private: isPrivate } = JSON.parse(
        readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
      ) as { name: string; private?: boolean };
      return !isPrivate && name !== 'latentkit';
    });
    expect([...entryPoints].sort()).toEqual(libraries.map((folder) => `../../${folder}`).sort());
  });

  test.each(listed.map(({ file }) => file))('%s links to files that are there', (file) => {
    const lost: string[] = [];
    const note = (source: string) => {
      if (!existsSync(join(ROOT, source))) lost.push(source);
      return source;
    };
    const text = siteLinks(readFileSync(join(ROOT, file), 'utf8'), file, pages, note);
    for (const [, source] of text.matchAll(/latentkit\/tree\/main\/([^)#]+)/g)) note(source!);
    expect(lost).toEqual([]);
  });
});

describe('a link of the repository, on the site', () => {
  const onSite = (text: string) =>
    siteLinks(
      text,
      'docs/models.md',
      new Map([
        ['packages/node/README.md', 'packages/node'],
        ['docs/errors.md', 'errors'],
      ]),
      (source) => `/${source}`,
    );

  test.each([
    ['to a page', '[errors](errors.md#integrity)', '[errors](/errors#integrity)'],
    ["to a package's folder", '[node](../packages/node)', '[node](/packages/node)'],
    [
      'to a file that is no page',
      '[run](../.ci/run)',
      '[run](https://github.com/latentkit/latentkit/tree/main/.ci/run)',
    ],
    ['to a picture', '![loss](images/loss.svg)', '![loss](/docs/images/loss.svg)'],
    ['to a heading', '[below](#targets)', '[below](#targets)'],
    ['to elsewhere', '[onnx](https://onnx.ai/)', '[onnx](https://onnx.ai/)'],
  ])('%s', (_, written, expected) => {
    expect(onSite(written)).toBe(expected);
  });
});
