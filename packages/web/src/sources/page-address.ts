/** What relative URLs are relative to: the page's address, or that of the worker, which may run from a copy. */
export function addressOfPage(): string | undefined {
  return globalThis.document?.baseURI ?? globalThis.location?.href.replace('blob:', '');
}

/**
 * The whole address of a file that a bundler placed. That of Turbopack is no more than a path, which workers that
 * run from a copy, service workers' lists and `new URL` cannot read; on a server it stays without meaning.
 */
export function placedFile({ href }: URL): URL {
  return new URL(href, addressOfPage() ?? 'file:');
}
