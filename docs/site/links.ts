import { posix } from 'node:path';

/** Where files of the repository that are no pages are read. */
const REPOSITORY = 'https://github.com/latentkit/latentkit';

const LINK = /(!?)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)\s]+)\)/g;

/**
 * Turns the links of a file of the repository into links of the site: files that are pages there become pages, and
 * pictures are copied; anything else leads to the repository.
 *
 * @param text Markdown
 * @param file where it stands, relative to the repository's root
 * @param pages addresses on the site (without an ending) by files
 * @param copied called with each picture's path in the repository; returns its address on the site
 */
export function siteLinks(
  text: string,
  file: string,
  pages: ReadonlyMap<string, string>,
  copied: (picture: string) => string,
): string {
  return text.replaceAll(LINK, (_, picture: string, label: string, target: string) => {
    const [path = '', anchor] = target.split('#');
    const source = posix.join(posix.dirname(file), path);
    if (picture) return `![${label}](${copied(source)})`;
    const page = pages.get(source) ?? pages.get(posix.join(source, 'README.md'));
    const address = page === undefined ? `${REPOSITORY}/tree/main/${source}` : `/${page}`;
    return `[${label}](${address}${anchor === undefined ? '' : `#${anchor}`})`;
  });
}
