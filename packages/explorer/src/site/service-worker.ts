/**
 * The script of a service worker that keeps the files of a site, so that it opens without a network. A new version
 * takes the place of an old one when its files are all there.
 *
 * @param version changes with any of the files
 * @param files addresses relative to the script
 */
export function serviceWorkerScript(version: string, files: readonly string[]): string {
  return `// Written by latentkit: keeps this site's own files, so that it opens without a network.
const FILES = ${JSON.stringify(files)};
const PREFIX = 'latentkit-explorer ' + registration.scope + ' ';
const NAME = PREFIX + '${version}';

addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(NAME)
      .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' }))))
      .then(() => skipWaiting()),
  );
});

addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names
        .filter((name) => name.startsWith(PREFIX) && name !== NAME)
        .map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  event.respondWith(
    caches.open(NAME)
      .then((cache) => cache.match(event.request, { ignoreSearch: true }))
      .then((kept) => kept ?? fetch(event.request)),
  );
});
`;
}
